"""Where somebody's work is: the desks of the vendors they work for, and their own steps at those they sell for."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from partners.models import Contact, Member, User
from partners.scoping import PersonalRequest

LAST_PLACE = "place"  # the cookie with the place used last; it chooses among places, it opens none
OWN_SIDE = "my"
A_YEAR = 60 * 60 * 24 * 365
NAMED = 4


@dataclass(frozen=True)
class Place:
    """A door of somebody's: ``key`` is the same wherever the place is named."""

    key: str
    name: str
    detail: str
    url: str


def desk_key(slug: str) -> str:
    return f"v/{slug}"


def places_of(user: User) -> list[Place]:
    """Every desk, the one joined first at the top, then the person's own side; two queries, however many there are."""
    staff = Member.objects.filter(user=user, left_at=None).select_related("vendor").order_by("joined_at", "pk")
    desks = [
        Place(
            desk_key(member.vendor.slug),
            member.vendor.name,
            str(member.get_role_display()),
            reverse("desk-today", args=[member.vendor.slug]),
        )
        for member in staff
    ]
    vendors = list(Contact.objects.of_user(user).order_by("created_at").values_list("partner__vendor__name", flat=True))
    if not vendors:
        return desks
    names = list(dict.fromkeys(vendors))
    detail = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
    return [*desks, Place(OWN_SIDE, _("My steps"), detail, reverse("my-today"))]


def left_vendors(user: User) -> list[str]:
    """The names of the vendors whose staff this person was on, the last one left first."""
    left = Member.objects.filter(user=user).exclude(left_at=None).order_by("-left_at")
    return list(left.values_list("vendor__name", flat=True))


def arrive(request: HttpRequest, user: User) -> HttpResponse:
    """To the one place there is, or the one used last; with several and none used yet, to the list of them."""
    found = places_of(user)
    last = [place for place in found if place.key == request.COOKIES.get(LAST_PLACE)]
    for place in last or (found if len(found) == 1 else []):
        return redirect(place.url)
    if found or left_vendors(user):
        return redirect("places")
    return redirect("vendor-new")


@never_cache
@require_safe
@login_required
def places(request: PersonalRequest) -> HttpResponse:
    """All of a person's places by name."""
    found = places_of(request.user)
    context = {"places": found, "left": [] if found else left_vendors(request.user)}
    return render(request, "front/places.html", context)


class LastPlaceMiddleware:
    """Remembers in the browser which place was used last, so that no page asks the database for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        used = self._place_of(request) if response.status_code == 200 else ""
        if used and used != request.COOKIES.get(LAST_PLACE):
            secure = settings.SESSION_COOKIE_SECURE
            response.set_cookie(LAST_PLACE, used, max_age=A_YEAR, httponly=True, samesite="Lax", secure=secure)
        return response

    def _place_of(self, request: HttpRequest) -> str:
        vendor = getattr(request, "vendor", None)
        if vendor is not None:
            return desk_key(vendor.slug)
        return OWN_SIDE if request.path.startswith("/my/") else ""
