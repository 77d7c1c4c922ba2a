"""Doors to cadences: which there are, what one says, its draft, and its touches."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from followups.cadences import drafting, giving
from followups.cadences.forms import TouchForm
from followups.cadences.naming import named
from followups.cadences.saying import (
    in_order,
    offset_in_words,
    recipient_in_words,
    timing_in_words,
    timing_of,
    way_in_words,
)
from followups.cadences.scope import cadence_of, changes_a_draft, named_playbooks, touch_of, touches_of
from followups.cadences.trees import own_in_words
from followups.engine.cadences import STILL_OPEN, Timing
from followups.engine.merging import FIELDS, in_language
from followups.models import Cadence, DraftTouch, Touch, Webhook
from followups.models.cadence import LONGEST_DELAY, TouchRule
from partners import clock
from partners.models import Vendor
from partners.scoping import ScopedRequest, for_those_who_act

TWINS = gettext_lazy(
    "Another touch goes to the same person in the same moment by the same way. They get both at once; "
    "move one of them, or take it out."
)


@dataclass(frozen=True)
class Shown:
    """A touch in finished words."""

    kind: str
    when: str
    meaning: str  # of the delay, in this vendor's hours
    to: str
    way: str  # where it is no mail
    condition: str
    words: str  # its subject, or whose words it is said in


@require_safe
def cadences(request: ScopedRequest, vendor: str) -> HttpResponse:
    """The standard one, and every playbook: with touches of its own, or under the standard."""
    every = list(Cadence.objects.of(request.vendor).prefetch_related("touches", "draft_touches"))
    own = {cadence.playbook_id: cadence for cadence in every if not cadence.is_of_part}
    parts = defaultdict(list)
    for one in every:
        if one.is_of_part:
            parts[one.playbook_id].append(one)
    playbooks = [
        {
            "playbook": playbook,
            "name": name,
            "own": own.get(playbook.pk),
            "holds": own_in_words(own[playbook.pk]) if playbook.pk in own else _("As the standard"),
            "parts": len(parts[playbook.pk]),
            "has_draft": any(one.has_draft for one in (*parts[playbook.pk], own.get(playbook.pk)) if one),
        }
        for playbook, name in named_playbooks(request.vendor)
    ]
    standard = own.get(None)
    page = {
        "standard": standard,
        "touches": shown(standard.touches.all(), request.vendor) if standard else [],
        "playbooks": playbooks,
        "may_edit": request.member.may_act,
    }
    return render(request, "followups/cadences/cadences.html", page)


@require_safe
def cadence(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    found = cadence_of(request, pk)
    page = {
        "cadence": found,
        "named": named(found, request.vendor),
        "touches": shown(touches_of(found), request.vendor),
        "may_edit": request.member.may_act,
    }
    return render(request, "followups/cadences/cadence.html", page)


def shown(touches: Iterable[TouchRule], vendor: Vendor) -> list[Shown]:
    """Each with what becomes of it beside the others that go to the same person."""
    every = list(touches)
    together = defaultdict(list)
    for touch in every:
        together[touch.to, touch.role].append(timing_of(touch))
    return [_shown(touch, vendor, together[touch.to, touch.role]) for touch in every]


def _shown(touch: TouchRule, vendor: Vendor, together: Sequence[Timing]) -> Shown:
    timing = timing_of(touch)
    own = in_language(touch.texts)
    return Shown(
        kind=touch.kind,
        when=offset_in_words(timing),
        meaning=timing_in_words(timing, vendor, together=together),
        to=recipient_in_words(touch),
        way=way_in_words(touch.channel),
        condition=str(Touch.Condition(touch.condition).label) if touch.condition else "",
        words=own["subject"] if own else words_of_ours(touch),
    )


def words_of_ours(touch: TouchRule) -> str:
    if touch.to != Touch.To.PARTNER:
        return _("In Firstline’s words: a word from you would help")
    return (
        _("In Firstline’s words: still open") if touch.kind == STILL_OPEN else _("In Firstline’s words: your next step")
    )


@require_POST
def inherited_again(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """Into the draft, and on to what publishing that would change."""
    giving.inherit_again(cadence=cadence_of(request, pk), by=request.user, now=clock.now())
    return redirect("desk-followup-cadence-publish", vendor=vendor, pk=pk)


@require_POST
@changes_a_draft
def nothing_sent(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    found = drafting.start_draft(cadence=cadence_of(request, pk), by=request.user, now=clock.now())
    giving.send_nothing(cadence=found, by=request.user, now=clock.now())
    messages.success(request, _("In this draft nothing is sent any more. Publish it to make it so."))
    return redirect("desk-followup-cadence", vendor=vendor, pk=pk)


@require_POST
def draft(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    drafting.start_draft(cadence=cadence_of(request, pk), by=request.user, now=clock.now())
    return redirect("desk-followup-cadence", vendor=vendor, pk=pk)


@require_POST
def draft_discarded(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    if drafting.discard_draft(cadence=cadence_of(request, pk), by=request.user, now=clock.now()):
        messages.success(request, _("The draft is gone. What is in force stays as it is."))
    return redirect("desk-followup-cadence", vendor=vendor, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
@changes_a_draft
def new_touch(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    found = cadence_of(request, pk)
    if not found.has_draft:
        raise drafting.NoDraft
    last = max((one.after_hours for one in touches_of(found)), default=0)
    blank = DraftTouch(cadence=found, after_hours=min(last + 24, LONGEST_DELAY))
    return _touch_page(request, found, blank)


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
@changes_a_draft
def touch(request: ScopedRequest, vendor: str, pk: int, kind: str) -> HttpResponse:
    found = cadence_of(request, pk)
    if not found.has_draft:
        raise drafting.NoDraft
    return _touch_page(request, found, touch_of(found, kind))


def _touch_page(request: ScopedRequest, found: Cadence, touch: TouchRule) -> HttpResponse:
    """The form; what was typed stays in it until it can be saved."""
    has_webhook = Webhook.objects.of(request.vendor).exists()
    form = TouchForm(request.POST or None, touch=touch, has_webhook=has_webhook)
    if request.method == "POST" and form.is_valid():
        try:
            return _save_touch(request, found, touch, form.said())
        except drafting.SaidTwice as refusal:
            form.add_error("after_hours", str(refusal.message))
    page = {
        "cadence": found,
        "named": named(found, request.vendor),
        "touch": touch,
        "form": form,
        "fields": FIELDS.items(),
        **_meaning(found, touch, form, request.vendor),
        "has_webhook": has_webhook,
    }
    return render(request, "followups/cadences/touch.html", page, status=422 if form.errors else 200)


def _save_touch(request: ScopedRequest, found: Cadence, touch: TouchRule, said: drafting.Said) -> HttpResponse:
    saved = drafting.save_touch(cadence=found, kind=touch.kind, said=said, by=request.user, now=clock.now())
    messages.success(request, _("Saved in the draft."))
    if drafting.twin_of(saved) is not None:
        messages.warning(request, TWINS)
    if "preview" in request.POST:
        return redirect("desk-followup-cadence-preview", vendor=request.vendor.slug, pk=found.pk, kind=saved.kind)
    return redirect("desk-followup-cadence", vendor=request.vendor.slug, pk=found.pk)


def _meaning(found: Cadence, touch: TouchRule, form: TouchForm, vendor: Vendor) -> dict[str, object]:
    """What the delay in the form comes to, and the touch's place among the others of its cadence."""
    typed = _typed(form, touch)
    every = [other for other in touches_of(found) if other.kind != touch.kind] + [typed]
    together = [timing_of(other) for other in every if (other.to, other.role) == (typed.to, typed.role)]
    start, moments = in_order(every, vendor)
    order = [
        {
            "when": moment.when,
            "to": recipient_in_words(moment.touch),
            "way": way_in_words(moment.touch.channel),
            "is_this": moment.touch is typed,
        }
        for moment in moments
    ]
    meaning = timing_in_words(timing_of(typed), vendor, together=together)
    return {"meaning": meaning, "start": start, "order": order if len(order) > 1 else []}


def _typed(form: TouchForm, touch: TouchRule) -> TouchRule:
    """The touch with what stands in the form, as far as it can be read."""
    typed = DraftTouch(**{name: getattr(touch, name) for name in ("kind", "after_hours", "basis", "channel")})
    typed.to, typed.role = touch.to, touch.role
    if form.is_bound:
        form.is_valid()
        typed.after_hours = form.cleaned_data.get("after_hours") or touch.after_hours
        typed.basis = form.cleaned_data.get("basis") or touch.basis
        typed.channel = form.cleaned_data.get("channel") or touch.channel
        if recipient := form.cleaned_data.get("recipient"):
            typed.to, _colon, typed.role = recipient.partition(":")
    return typed


@require_safe
def timing(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """The lines beside the field while it is typed: what the delay comes to, and with the other touches."""
    found = cadence_of(request, pk)
    kind = request.GET.get("kind", "")
    touch = touch_of(found, kind) if kind else DraftTouch(cadence=found)
    form = TouchForm(request.GET, touch=touch, has_webhook=True)  # it only reads what was chosen
    form.is_valid()
    is_readable = "after_hours" in form.cleaned_data
    page = _meaning(found, touch, form, request.vendor) if is_readable else {"meaning": ""}
    return render(request, "followups/cadences/meaning.html", page)


@require_POST
@changes_a_draft
def touch_removed(request: ScopedRequest, vendor: str, pk: int, kind: str) -> HttpResponse:
    if drafting.remove_touch(cadence=cadence_of(request, pk), kind=kind, by=request.user, now=clock.now()):
        messages.success(request, _("The touch is gone from this draft."))
    return redirect("desk-followup-cadence", vendor=vendor, pk=pk)
