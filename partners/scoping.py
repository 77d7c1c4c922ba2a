"""Tenancy: who is asking, and through which door. Views reach objects only through what is set here."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from partners import kept
from partners.models import Member, User, Vendor
from partners.prepared import Prepared

Answer = TypeVar("Answer", bound=HttpResponseBase)


class ScopedRequest(HttpRequest):
    """A request at a vendor's desk (``/v/<vendor>/…``): both are set before the view runs."""

    user: User
    vendor: Vendor
    member: Member
    htmx: HtmxDetails


class PersonalRequest(HttpRequest):
    """A request on a person's own side (``/my/…``): somebody is signed in."""

    user: User


MEMBERSHIP = Prepared(
    lambda slug, user: Member.objects.select_related("vendor").filter(vendor__slug=slug, user=user, left_at=None),
    str,
    int,
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ScopeMiddleware:
    """Resolves ``request.vendor`` and ``request.member`` from the address and the user.

    A view whose address has a ``vendor`` is for that vendor's members: everybody else gets 404, as if it were
    not there (a former member with a word of why); a viewer gets 403 for anything that changes something. Views
    that are open to the public say so with ``@public``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.vendor = None  # type: ignore[attr-defined]
        request.member = None  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.member is not None:  # type: ignore[attr-defined]
            kept.remember_who(request, response)
            if request.method == "POST":
                kept.has_arrived(request, response)
            elif response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                response = kept.to_its_page(request) or response
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if "vendor" not in kwargs or getattr(view, "is_public", False):
            return None
        if not request.user.is_authenticated:
            return kept.sign_in_first(request, kwargs["vendor"])
        return self._enter_desk(request, request.user, kwargs["vendor"])

    def _enter_desk(self, request: HttpRequest, user: User, slug: str) -> HttpResponse | None:
        member = next(iter(MEMBERSHIP(slug, user.pk)), None)
        if member is None:
            return self._turn_away(request, user, slug)
        member.user = user
        if request.method not in SAFE_METHODS and not member.may_act:
            raise PermissionDenied
        request.vendor = member.vendor  # type: ignore[attr-defined]
        request.member = member  # type: ignore[attr-defined]
        if not user.time_zone:
            timezone.activate(member.vendor.time_zone)
        return None

    def _turn_away(self, request: HttpRequest, user: User, slug: str) -> HttpResponse:
        """Whoever was on this staff is told that they no longer are; everybody else, that there is nothing."""
        left = Vendor.objects.filter(slug=slug, members__user=user).first()
        if left is None:
            raise Http404
        return render(request, "partners/no_longer_staff.html", {"left": left.name}, status=404)


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view with a ``vendor`` in its address as open to everybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def for_those_who_act(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Marks a desk's view that is of no use to a viewer, even to look at: a form for what they may not do."""

    @wraps(view)
    def guarded(request: ScopedRequest, *args: Any, **kwargs: Any) -> Answer:
        if not request.member.may_act:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
