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
from partners.models import Invitation

OVER: Final = (InvitationUnknown, InvitationUsed, InvitationRevoked, InvitationExpired)
NAME_LENGTH = 150


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = find_invitation(token, now=clock.now())
        return _accept(request, token, found) if request.method == "POST" else _show(request, found)
    except OVER as over:
        return render(request, "partners/invitation_over.html", {"why": type(over).__name__}, status=410)


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
    then = reverse("my-today") if found.contact else reverse("desk-today", args=[found.vendor.slug])
    if signed_in is not None:
        return redirect(then)
    # The address is proved by the link; a second factor, where there is one, is still asked for.
    response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=then)
    return response
