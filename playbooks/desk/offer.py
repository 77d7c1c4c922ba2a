"""What a step offers to do instead of the partner: written, changed and taken out."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.desk.autosaving import autosaved, is_autosave, nothing_saved
from playbooks.desk.gone import says_who_removed_it
from playbooks.desk.offer_forms import OfferForm
from playbooks.desk.scope import changes_a_draft, languages_shown, reading_language, say_saved, step_of
from playbooks.models import Step
from playbooks.models.step import Turn
from playbooks.offers.checking import of_offer
from playbooks.offers.editing import OfferSavedMeanwhile, save_offer
from playbooks.offers.items import Offer, Terms, currency_of, fingerprint, offer_of


@require_http_methods(["GET", "HEAD", "POST"])
@says_who_removed_it
@changes_a_draft
def offer(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    found = step_of(request, playbook, step)
    if not found.version.is_draft and is_autosave(request):
        return nothing_saved()
    if not found.version.is_draft or not request.member.may_act:
        return redirect("desk-playbook-preview", vendor=vendor, playbook=playbook, step=step)
    current = offer_of(found)
    if "remove" in request.POST:
        return _save(request, found, None, seen=request.POST.get("seen", ""))
    form = _form(request, found, current, request.POST if request.method == "POST" else None)
    if is_autosave(request):
        return autosaved(request, form, lambda: _autosave(request, found, form), over=(OfferSavedMeanwhile,))
    if request.method == "POST" and form.is_valid():
        return _save(request, found, form.offer(), seen=form.cleaned_data["seen"])
    return _page(request, found, form, status=422 if form.errors else 200)


def _form(request: ScopedRequest, found: Step, current: Offer | None, data: Any = None) -> OfferForm:
    usual = currency_of(request.vendor.country)
    return OfferForm(data, offer=current, languages=found.version.languages, currency=usual)


def _autosave(request: ScopedRequest, found: Step, form: OfferForm) -> dict[str, Any]:
    seen = form.cleaned_data["seen"]
    return {
        "seen": fingerprint(save_offer(step=found, offer=form.offer(), seen=seen, by=request.user, now=clock.now()))
    }


def _save(request: ScopedRequest, found: Step, said: Offer | None, *, seen: str) -> HttpResponse:
    try:
        save_offer(step=found, offer=said, seen=seen, by=request.user, now=clock.now())
    except OfferSavedMeanwhile as meanwhile:
        data = request.POST.copy()
        data["seen"] = fingerprint(meanwhile.current)
        mine = _form(request, found, meanwhile.current, data)
        return _page(request, found, mine, status=409, saved=_in_lines(meanwhile.current))
    if said:
        found.refresh_from_db(fields=["offer"])
        say_saved(request, [gap.message for gap in of_offer(found, found.version.languages) if gap.blocks])
    else:
        messages.success(request, _("The offer is gone from this draft."))
    page = reverse("desk-playbook-step", args=[request.vendor.slug, found.version.playbook_id, found.pk])
    return redirect(f"{page}#offer")


def _in_lines(offer: Offer | None) -> list[str]:
    if offer is None:
        return []
    words = (text for said in offer.texts.values() for text in said.values())
    return [*filter(None, [str(Terms(offer.terms).label), offer.price]), *words]


def _page(
    request: ScopedRequest, found: Step, form: OfferForm, *, status: int, saved: list[str] | None = None
) -> HttpResponse:
    title = found.title(reading_language(found.version))
    page = {
        "playbook": found.version.playbook,
        "step": found,
        "title": title,
        "form": form,
        "saved": saved,
        "is_there": bool(found.offer),
        "is_theirs": found.who == Turn.PARTNER,
        **languages_shown(found.version),
    }
    return render(request, "desk/playbooks/offer.html", page, status=status)
