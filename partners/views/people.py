"""The vendor's staff: who is there, in which role, who is invited, who takes over from whom."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners import clock, inviting, staffing
from partners.forms.settings import InviteForm
from partners.models import Contact, Invitation, Member, Partner
from partners.scoping import ScopedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def desk_settings_people(request: ScopedRequest, vendor: str) -> HttpResponse:
    if request.method != "POST":
        return _show(request, InviteForm())
    if not request.member.may_administer:
        raise PermissionDenied
    act = ACTIONS.get(request.POST.get("action", ""))
    if act is None:
        return HttpResponseBadRequest(_("Nothing to do."), content_type="text/plain")
    try:
        return act(request)
    except REFUSALS as refusal:
        messages.warning(request, refusal.message)
        return _back(request)


@require_POST
def desk_contact_invite(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """Mail a partner's contact an invitation to have a login."""
    contacts = Contact.objects.of(request.vendor).select_related("partner__vendor")
    contact = get_object_or_404(contacts, pk=pk)
    try:
        inviting.invite_contact(contact=contact, by=request.user, now=clock.now())
    except inviting.AlreadyThere as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": contact.email})
    return redirect("desk-partner", vendor=vendor, pk=contact.partner_id)


def _show(request: ScopedRequest, form: InviteForm) -> HttpResponse:
    theirs = Exists(Partner.objects.filter(manager=OuterRef("pk")))  # direct customers too need a successor
    staff = Member.objects.of(request.vendor).select_related("user").annotate(has_partners=theirs)
    members = list(staff.order_by("joined_at", "pk"))
    led = Partner.objects.of(request.vendor).to_be_led().order_by().values_list("manager").annotate(Count("pk"))
    counts = dict(led)
    context = {
        "form": form,
        "members": [(member, counts.get(member.pk, 0)) for member in members],
        "leaders": [member for member in members if member.may_act],
        "roles": Member.Role.choices,
        "invitations": Invitation.objects.of(request.vendor)
        .open(now=clock.now())
        .filter(contact=None)
        .order_by("created_at"),
    }
    return render(request, "partners/people.html", context, status=422 if form.errors else 200)


def _back(request: ScopedRequest) -> HttpResponse:
    return redirect("desk-settings-people", vendor=request.vendor.slug)


def _invite(request: ScopedRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    invitation = inviting.invite_member(vendor=request.vendor, by=request.user, now=clock.now(), **form.cleaned_data)
    messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email})
    return _back(request)


def _revoke(request: ScopedRequest) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.of(request.vendor), pk=_number(request, "invitation"))
    inviting.revoke(invitation=invitation, by=request.user, now=clock.now())
    messages.success(request, _("The invitation to %(email)s no longer works.") % {"email": invitation.email})
    return _back(request)


def _change_role(request: ScopedRequest) -> HttpResponse:
    role = request.POST.get("role", "")
    if role not in Member.Role.values:
        return HttpResponseBadRequest(_("Choose a role."), content_type="text/plain")
    member = staffing.change_role(
        member=_member(request), role=role, successor=_successor(request), by=request.user, now=clock.now()
    )
    changed = {"who": str(member), "role": member.get_role_display()}
    messages.success(request, _("Saved. %(who)s: %(role)s.") % changed)
    return _back(request)


def _member(request: ScopedRequest) -> Member:
    return get_object_or_404(Member.objects.of(request.vendor), pk=_number(request, "member"))


def _successor(request: ScopedRequest) -> Member | None:
    return Member.objects.of(request.vendor).filter(pk=_number(request, "successor")).first()


def _number(request: ScopedRequest, name: str) -> int:
    """A number that the page itself put into the form; nonsense finds nothing."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # fits a bigint


ACTIONS: Final[dict[str, Callable[[ScopedRequest], HttpResponse]]] = {
    "invite": _invite,
    "revoke": _revoke,
    "role": _change_role,
}
REFUSALS: Final = (inviting.AlreadyThere, staffing.LastOwner, staffing.SuccessorMissing)
