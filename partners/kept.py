"""What somebody typed while their session ended: kept for an hour in this browser, and back once they have signed in.

It lies in the session of whoever is not signed in yet, so no other browser can read it, and goes with that session.
The name of the form it was typed into has the person in it: somebody else who signs in on the device sees nothing.

A partner's forms have such a name and fill themselves (``signed_in_on``, ``typed_before``). For a desk's forms none of
that is needed: what any of them sent is kept with the page it stood on, whose top says so once the person is back, and
static/js/drafts.js puts the words into their fields. Whoever was there last is known by a signed cookie.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
from django_htmx.http import HttpResponseClientRedirect

from partners import clock

KEPT = "typed"
FOR = timedelta(hours=1)
MOST_LETTERS = 100_000
WHO = "last_at_desk"
A_DAY, A_YEAR = 60 * 60 * 24, 60 * 60 * 24 * 365
DRAFT = re.compile(r"[\w.-]{1,200}", re.ASCII)
NOT_TYPED = {"csrfmiddlewaretoken", "draft"}
SECRET = re.compile("password|secret|token")
Answer = TypeVar("Answer", bound=HttpResponseBase)


def signed_in_on(page: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer | HttpResponseBase]]:
    """As ``login_required``, for what a form on ``page`` sends: who signs in comes back to it with what they typed."""

    def decorate(view: Callable[..., Answer]) -> Callable[..., Answer | HttpResponseBase]:
        @wraps(view)
        def wrapped(request: HttpRequest, pk: int) -> Answer | HttpResponseBase:
            if request.user.is_authenticated:
                return view(request, pk)
            if request.method == "POST":
                _keep(request, now=clock.now())
            return redirect_to_login(reverse(page, args=[pk]))

        return wrapped

    return decorate


def _keep(request: HttpRequest, *, now: datetime) -> None:
    if draft := request.POST.get("draft", ""):
        _put(request, draft, now=now)


def _put(request: HttpRequest, draft: str, *, now: datetime, **where: str) -> bool:
    typed = {name: values for name, values in request.POST.lists() if not (name in NOT_TYPED or SECRET.search(name))}
    if sum(len(value) for values in typed.values() for value in values) > MOST_LETTERS:
        return False
    files = [file.name for _name, sent in request.FILES.lists() for file in sent]
    request.session[KEPT] = {"draft": draft, "typed": typed, "files": files, "until": (now + FOR).isoformat(), **where}
    if not request.user.is_authenticated:
        request.session.set_expiry(int(FOR.total_seconds()))
    return True


@receiver(user_logged_in)
def lasts_as_any_other(sender: Any, request: HttpRequest, **more: Any) -> None:
    """The session of who has signed in does not end with what was kept in it."""
    if KEPT in request.session:
        request.session.set_expiry(None)


def typed_before(request: HttpRequest, draft: str, *, now: datetime) -> QueryDict | None:
    """What was typed into the form of this name when the session had ended; None where nothing was."""
    kept = request.session.get(KEPT, {})
    if not _is_of(kept, draft, now=now):
        return None
    typed = QueryDict(mutable=True)
    for name, values in kept["typed"].items():
        typed.setlist(name, values)
    return typed


def _is_of(kept: dict[str, Any], draft: str, *, now: datetime) -> bool:
    return bool(kept) and kept["draft"] == draft and now < datetime.fromisoformat(kept["until"])


def bring_back(form: forms.BaseForm, typed: QueryDict) -> None:
    """Show it in a form that was not sent: nothing is checked, nothing is wrong yet. Files are chosen once more."""
    for name, field in form.fields.items():
        if not isinstance(field, forms.FileField):
            form.initial[name] = field.widget.value_from_datadict(typed, {}, form.add_prefix(name))


def forget(request: HttpRequest, draft: str) -> None:
    """It has arrived."""
    if request.session.get(KEPT, {}).get("draft") == draft:
        del request.session[KEPT]


# At a desk


def _desk_of(person: int | str) -> str:
    return f"desk.{person}"


def _last_at_desk(request: HttpRequest) -> str:
    return str(request.get_signed_cookie(WHO, default="", salt=WHO) or "")


def remember_who(request: HttpRequest, response: HttpResponseBase) -> None:
    """Whose words they are when this browser's session has ended. The cookie opens nothing."""
    person = str(request.user.pk)
    if _last_at_desk(request) != person:
        response.set_signed_cookie(
            WHO,
            person,
            salt=WHO,
            max_age=A_YEAR,
            httponly=True,
            samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )


def _keep_at_desk(request: HttpRequest, vendor: str, person: str, *, now: datetime) -> str:
    """The address of the page that the form stood on. Only what ``person`` wrote is kept, as far as the page knows."""
    page = _page_of(request, vendor)
    wrote = re.match(r"desk\.(\d+)\.", request.POST.get("draft", ""))
    if person and (wrote is None or wrote[1] == person):
        _put(request, _desk_of(person), now=now, page=page, address=request.path)
    return page


def _page_of(request: HttpRequest, vendor: str) -> str:
    came_from = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    try:
        is_ours = resolve(came_from.path).kwargs.get("vendor") == vendor
    except Resolver404:
        is_ours = False
    if is_ours and came_from.netloc == request.get_host():
        return came_from.path
    return reverse("desk-today", args=[vendor])


def sign_in_first(request: HttpRequest, vendor: str) -> HttpResponse:
    """To the sign-in, and from there to the page. What a form sent is kept for whoever wrote it."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    page = _keep_at_desk(request, vendor, _last_at_desk(request), now=clock.now())
    if "X-Autosave" in request.headers:
        said = _(
            "You were signed out. Sign in again in a new tab: what you typed stays here, and is then saved by itself."
        )
        return JsonResponse({"said": said, "again": True}, status=401)
    answer = redirect_to_login(page)
    return HttpResponseClientRedirect(answer.url) if "HX-Request" in request.headers else answer


def page_too_old(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The token of a form is not the browser's any longer: somebody signed in again since.

    Nothing is done. What our own page sent to a desk comes back on that page, to be looked at and sent once more.
    """
    vendor = request.resolver_match.kwargs.get("vendor") if request.resolver_match else None
    is_our_page = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    if vendor is None or not is_our_page or "X-Autosave" in request.headers or "HX-Request" in request.headers:
        return csrf_failure(request, reason)
    if not request.user.is_authenticated:
        return sign_in_first(request, vendor)
    return redirect(_keep_at_desk(request, vendor, str(request.user.pk), now=clock.now()))


def typed_at_desk(request: HttpRequest, *, now: datetime) -> dict[str, Any] | None:
    """What this person had sent from this page: the ``address`` of the form, and the values of each of its fields.

    Of ``files`` there are only the names: they have to be chosen again.
    """
    kept = request.session.get(KEPT, {})
    if request.method != "GET" or not _is_of(kept, _desk_of(request.user.pk or ""), now=now):
        return None
    if kept["page"] != request.path:
        return None
    return {"address": kept["address"], "typed": kept["typed"], "files": kept.get("files", [])}


def to_its_page(request: HttpRequest) -> HttpResponse | None:
    """From an address that takes nothing but a form, on which words wait, one further up: there the form stands.

    A page that showed what was wrong with a form may have stood at such an address.
    """
    kept, above = request.session.get(KEPT, {}), request.path.rstrip("/").rpartition("/")[0] + "/"
    if request.method != "GET" or kept.get("page") != request.path:
        return None
    while not _is_address(above):
        above = above.rstrip("/").rpartition("/")[0] + "/"
    request.session[KEPT] = {**kept, "page": above}
    return redirect(above)


def _is_address(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return path == "/"
    return True


def has_arrived(request: HttpRequest, response: HttpResponseBase) -> None:
    """After a desk's form: where nothing was refused, neither this session nor the browser keeps the words longer."""
    is_saved = "X-Autosave" in request.headers and response.status_code == 200
    if not is_saved and (not 300 <= response.status_code < 400 or _was_refused(request)):
        return
    if request.session.get(KEPT, {}).get("address") == request.path:
        del request.session[KEPT]
    draft = request.POST.get("draft", "")
    if not is_saved and DRAFT.fullmatch(draft):
        response.set_cookie(
            "draft_sent", draft, max_age=A_DAY, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE)
        )


def _was_refused(request: HttpRequest) -> bool:
    """Whether the next page will warn of something; reading the messages the public way would take them from it."""
    said = getattr(messages.get_messages(request), "_queued_messages", [])
    return any(message.level >= messages.WARNING for message in said)
