"""The page behind an invitation's link: looking at it changes nothing, its button does."""

from typing import Final

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.inviting import (
    InvitationExpired,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    SignedInAsSomeoneElse,
    accept_invitation,
    find_invitation,
    is_for,
)
from partners.models import Invitation, Member

OVER: Final = (InvitationUnknown, InvitationUsed, InvitationRevoked, InvitationExpired)
NAME_LENGTH = 150


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = find_invitation(token, now=clock.now())
        return _accept(request, token, found) if request.method == "POST" else _show(request, found)
    except OVER as over:
        context: dict[str, object] = {"why": type(over).__name__}
        if isinstance(over, InvitationUsed):
            context |= _way_in(request, over.invitation)
        return render(request, "partners/invitation_over.html", context, status=410)


def _way_in(request: HttpRequest, used: Invitation) -> dict[str, object]:
    """For who has accepted before and opens the mail again: where it led them, if they are there still."""
    there = _door(used)
    if not request.user.is_authenticated:
        return {"vendor_name": used.vendor.name, "sign_in_to": there}
    if used.contact is not None:
        inside = used.contact.user_id == request.user.pk and used.contact.left_at is None
    else:
        inside = Member.objects.of(used.vendor).filter(user=request.user).exists()
    mine = inside and is_for(used, request.user)
    return {"vendor_name": used.vendor.name, "go_in_to": there} if mine else {}


def _door(found: Invitation) -> str:
    return reverse("my-today") if found.contact else reverse("desk-today", args=[found.vendor.slug])


def _show(request: HttpRequest, found: Invitation, *, status: int = 200) -> HttpResponse:
    someone_else = request.user.is_authenticated and not is_for(found, request.user)
    return render(
        request, "partners/invitation.html", {"invitation": found, "someone_else": someone_else}, status=status
    )


def _accept(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    signed_in = request.user if request.user.is_authenticated else None
    name = request.POST.get("name", "").strip()[:NAME_LENGTH]
    try:
        user = accept_invitation(token=token, now=clock.now(), name=name, signed_in=signed_in)
    except SignedInAsSomeoneElse:
        return _show(request, found, status=409)
    then = _door(found)
    if signed_in is not None:
        return redirect(then)
    # The address is proved by the link; a second factor, where there is one, is still asked for.
    response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=then)
    return response
