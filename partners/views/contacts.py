"""The desk's pages for one of a partner's people: one more, a correction, and whoever works there no longer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners import clock, joining
from partners.editing import ContactThereAlready
from partners.forms.contacts import ContactForm
from partners.isolating import isolated
from partners.models import Contact, Partner
from partners.scoping import ScopedRequest, for_those_who_act

OTHERS = 20  # of a partner's people, as ways on from one of them


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def desk_partner_contact_new(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    partner = get_object_or_404(Partner.objects.of(request.vendor).select_related("vendor"), pk=pk)
    form = ContactForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show(request, form, partner)
    try:
        contact = joining.join(partner=partner, by=request.user, now=clock.now(), **form.cleaned_data)
    except ContactThereAlready as refusal:
        form.add_error("email", str(refusal.message))
        return _show(request, form, partner)
    said = {"name": isolated(contact.name), "role": contact.get_role_display()}
    messages.success(request, _("%(name)s (%(role)s) is on record.") % said)
    return redirect("desk-partner", vendor=vendor, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def desk_contact(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    form = ContactForm(request.POST if request.method == "POST" else None, contact=contact)
    if not form.is_valid():
        return _show(request, form, contact.partner, contact)
    try:
        joining.change(contact=contact, changes=form.changes(), by=request.user, now=clock.now())
    except joining.LeftMeanwhile as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Saved."))
    return redirect("desk-partner", vendor=vendor, pk=contact.partner_id)


@require_POST
@for_those_who_act
def desk_contact_primary(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """The playbook talks to this person from now on."""
    contact = _contact(request, pk)
    try:
        joining.talk_to(contact=contact, by=request.user, now=clock.now())
    except joining.LeftMeanwhile as refusal:
        messages.warning(request, refusal.message)
    else:
        said = _("The playbook talks to %(name)s from now on.")
        messages.success(request, said % {"name": isolated(contact.name)})
    return redirect("desk-partner", vendor=vendor, pk=contact.partner_id)


@require_POST
@for_those_who_act
def desk_contact_left(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    try:
        joining.leave(contact=contact, by=request.user, now=clock.now())
    except joining.TalkedTo as refusal:
        messages.warning(request, refusal.message)
    else:
        said = _("%(name)s is no longer written to.")
        messages.success(request, said % {"name": isolated(contact.name)})
    return redirect("desk-partner", vendor=vendor, pk=contact.partner_id)


def _contact(request: ScopedRequest, pk: int) -> Contact:
    return get_object_or_404(Contact.objects.of(request.vendor).select_related("partner__vendor"), pk=pk)


def _show(request: ScopedRequest, form: ContactForm, partner: Partner, contact: Contact | None = None) -> HttpResponse:
    people = Contact.objects.of(request.vendor).filter(partner=partner).exclude(pk=contact.pk if contact else 0)
    others = list(people.order_by("-is_primary", "pk")[:OTHERS]) if contact else []
    primary = next((other for other in others if other.is_primary), None)
    context = {"form": form, "partner": partner, "contact": contact, "others": others, "primary": primary}
    return render(request, "partners/contact_form.html", context, status=422 if form.errors else 200)
