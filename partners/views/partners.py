"""The desk's forms for one partner: a new one, and a correction."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partners import clock
from partners.accepting import register_and_accept
from partners.countries import country_name, language_of, time_zone_of
from partners.editing import ContactThereAlready, SponsorsInCircle, edit_partner
from partners.forms.partners import PartnerForm
from partners.isolating import isolated
from partners.models import Partner
from partners.places import language_name
from partners.registering import AlreadyRegistered, OtherVendors, register_partner
from partners.scoping import ScopedRequest, for_those_who_act
from partners.zones import city_of


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def desk_partner_new(request: ScopedRequest, vendor: str) -> HttpResponse:
    if request.method != "POST":
        known = {"country": request.vendor.country, "manager": request.member}
        return _show(request, PartnerForm(vendor=request.vendor, initial=known))
    form = PartnerForm(request.POST, vendor=request.vendor)
    if not form.is_valid():
        return _show(request, form)
    try:
        partner = _register(request, form)
    except (AlreadyRegistered, OtherVendors) as refusal:
        form.add_error("company" if isinstance(refusal, AlreadyRegistered) else "sponsor", str(refusal.message))
        return _show(request, form)
    return redirect("desk-partner", vendor=vendor, pk=partner.pk)


def _register(request: ScopedRequest, form: PartnerForm) -> Partner:
    now = clock.now()
    if form.cleaned_data["start_now"]:
        partner = register_and_accept(vendor=request.vendor, by=request.user, now=now, **form.details())
        said = _("%(company)s is your partner. Reminders follow the time of %(city)s.")
    else:
        partner = register_partner(vendor=request.vendor, by=request.user, now=now, **form.details())
        said = _("%(company)s is on record. Nothing is sent until you accept it. Its time is that of %(city)s.")
    city = city_of(partner.zone_name, get_language() or "en")
    messages.success(request, said % {"company": isolated(partner.company), "city": city})
    return partner


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def desk_partner_edit(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    partner = get_object_or_404(Partner.objects.of(request.vendor).select_related("sponsor", "vendor"), pk=pk)
    if request.method != "POST":
        return _show(request, PartnerForm(vendor=request.vendor, partner=partner, initial=_known(partner)))
    form = PartnerForm(request.POST, vendor=request.vendor, partner=partner)
    if not form.is_valid():
        return _show(request, form)
    try:
        edit_partner(partner=partner, changes=form.details(), by=request.user, now=clock.now())
    except ContactThereAlready as refusal:
        form.add_error("contact_email", str(refusal.message))
        return _show(request, form)
    except (SponsorsInCircle, OtherVendors) as refusal:
        form.add_error("sponsor", str(refusal.message))
        return _show(request, form)
    messages.success(request, _("Saved."))
    return redirect("desk-partner", vendor=vendor, pk=pk)


def _known(partner: Partner) -> dict[str, Any]:
    primary = partner.contacts.filter(is_primary=True).first()
    sponsor = partner.sponsor
    return {
        "company": partner.company,
        "contact_name": primary.name if primary else "",
        "contact_email": primary.email if primary else "",
        "phone": partner.phone,
        "country": partner.country or partner.vendor.country,
        "time_zone": partner.time_zone,
        "language": partner.language or partner.vendor.language,
        "size": partner.size,
        "vertical": partner.vertical,
        "reference": partner.reference,
        "sponsor": sponsor.company if sponsor else "",
        "manager": partner.manager_id,
    }


@require_safe
def desk_partner_zone(request: ScopedRequest, vendor: str) -> HttpResponse:
    """The line under the country that says which time zone and language it would mean; a part of the form."""
    return render(request, "partners/parts/zone_guess.html", _guess(request.GET.get("country", "")))


def _guess(country: str) -> dict[str, str]:
    zone, language = time_zone_of(country), language_of(country)
    return {
        "zone": zone,
        "language": language_name(language),
        "country": country_name(country, get_language() or "en") if language else "",
    }


def _show(request: ScopedRequest, form: PartnerForm) -> HttpResponse:
    context = {"form": form, "partner": form.partner, **_guess(form["country"].value() or "")}
    return render(request, "partners/partner_form.html", context, status=422 if form.errors else 200)
