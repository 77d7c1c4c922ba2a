"""One step, signed in: read it, do it, say what is in the way, or put it off."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from partners import clock
from partners.isolating import isolated
from partners.kept import bring_back, forget, signed_in_on, typed_before
from partners.models import Activity, Contact, Partner
from partners.prepared import Prepared
from partners.scoping import PersonalRequest
from playbooks.files.giving_out import give_out
from playbooks.models import Progress, StoredFile
from playbooks.pages import acting
from playbooks.pages.acting import Actor, GoalForm, NotFinished, Sent, evidence_form
from playbooks.pages.handover import answer_handover
from playbooks.pages.handover_forms import AskForm
from playbooks.pages.later import DayRefused, LaterForm, Offer, put_off, say_until
from playbooks.pages.slot import SlotForm, SlotRefused, choose_slot, say_slot, slot_offer
from playbooks.pages.words import WordsForm
from playbooks.reminders import Reminders
from playbooks.resources.items import files_of
from playbooks.resources.showing import Helping
from playbooks.showing import ShownStep

# What ``with_texts`` reads, and whose step it is.
VISIBLE = Prepared(
    lambda pk, user: Progress.objects.visible_to(user).select_related("step__stage", "enrollment").filter(pk=pk),
    int,
    int,
)
PEOPLE = Prepared(lambda pk: Partner.objects.select_related("vendor", "sponsor", "manager__user").filter(pk=pk), int)
CONTACT = Prepared(
    lambda partner, user: Contact.objects.filter(partner=partner, user=user, left_at=None).order_by("pk"), int, int
)

NOTHING_SENT = Sent()


def _find(request: PersonalRequest, pk: int) -> tuple[ShownStep, Actor]:
    """The step as this person may see it: as contact of its partner, else as the partner's sponsor; else 404."""
    progress = next(iter(VISIBLE(pk, request.user.pk)), None)
    if progress is None:
        raise Http404
    (partner,) = PEOPLE(progress.enrollment.partner_id)
    progress.enrollment.partner = partner
    contact = next(iter(CONTACT(partner.pk, request.user.pk)), None)
    side = Activity.Side.PARTNER if contact else Activity.Side.SPONSOR
    if contact:
        contact.partner = partner
    actor = Actor(user=request.user, name=str(contact or request.user), side=side, contact=contact)
    return ShownStep(progress, side, get_language() or ""), actor


@require_safe
@login_required
def my_step(request: PersonalRequest, pk: int) -> HttpResponse:
    shown, actor = _find(request, pk)
    return _page(request, shown, actor)


def _page(
    request: PersonalRequest,
    shown: ShownStep,
    actor: Actor,
    *,
    sent: Sent = NOTHING_SENT,
    said: AskForm | WordsForm | None = None,
    later: LaterForm | None = None,
    slot: SlotForm | None = None,
) -> HttpResponse:
    """``sent``, ``said``, ``later`` or ``slot`` was sent and refused."""
    pk, now, draft = shown.progress.pk, clock.now(), actor.draft_of(shown.progress)
    asked_before = typed_before(request, f"{draft}.offer", now=now)
    stuck_before = typed_before(request, f"{draft}.stuck", now=now)
    offer = (
        Offer.of(shown, actor.contact, now=now, refused=later)
        if actor.contact and shown.is_for(actor.contact)
        else None
    )
    context: dict[str, Any] = {
        "step": shown,
        "vendor": shown.vendor,
        "now": now,
        "wanted": request.GET.get("want", ""),
        "reason_missing": request.GET.get("missing") == "reason",
        "helped_with": shown.text.obstacle(request.GET.get("obstacle", "")) if shown.may_act else None,
        "doors": {
            "done": reverse("my-step-done", args=[pk]),
            "stuck": reverse("my-step-stuck", args=[pk]),
            "later": reverse("my-step-later", args=[pk]),
            "handover": reverse("my-step-handover", args=[pk]),
            "slot": reverse("my-step-slot", args=[pk]),
            "withdraw": reverse("my-step-withdraw", args=[pk]),
            "goal": reverse("my-goal", args=[shown.progress.enrollment_id]),
        },
        "files_at": reverse("my-file", args=["-"]).removesuffix("-/"),
        "form": sent.goal or GoalForm.of(shown.progress.enrollment, None),
        "evidence": sent.evidence or (evidence_form(shown) if shown.asks_for_evidence else None),
        "draft": draft,
        "reader": actor.contact,
        "goes_on": not shown.may_act and shown.following is not None and shown.following.is_for(actor.contact),
        "stuck_before": stuck_before,
        **acting.forms_for_words(shown, said, asked_before=asked_before, stuck_before=stuck_before),
        "asked_before": asked_before is not None,
        "offer": offer,
        "slot": slot_offer(shown, offer.contact, offer.reminders, now=now, refused=slot) if offer else None,
    }
    helping = Helping.of(request, shown, files_at=reverse("my-step-file", args=[pk, "-"]).removesuffix("-/"))
    context["resources"] = helping.resources
    typed = typed_before(request, draft, now=now) if sent == NOTHING_SENT else None
    if typed is not None:
        for form in filter(None, (context["form"], context["evidence"])):
            bring_back(form, typed)
    context["is_back"] = typed is not None
    status = 200 if not (said or later or slot) and sent == NOTHING_SENT else 422
    return helping.playing_on(render(request, "my/step.html", context, status=status))


@require_safe
@login_required
def my_file(request: PersonalRequest, key: str) -> HttpResponseBase:
    """What was given in a step that this person may see."""
    return give_out(StoredFile.objects.visible_to(request.user), key)


@require_safe
@login_required
def my_step_file(request: PersonalRequest, pk: int, key: str) -> HttpResponseBase:
    """What helps with a step that this person may see."""
    shown, _actor = _find(request, pk)
    return give_out(StoredFile.objects.of(shown.vendor).filter(key__in=list(files_of(shown.resources))), key)


@require_POST
@signed_in_on("my-step")
def my_step_done(request: PersonalRequest, pk: int) -> HttpResponse:
    shown, actor = _find(request, pk)
    try:
        is_news = acting.finish(request, shown, actor, now=clock.now())
    except NotFinished as refused:
        return _page(request, shown, actor, sent=refused.sent)
    shown.progress.refresh_from_db(fields=["state"])
    if is_news and shown.waits_for_approval:
        words = _("Handed in: %(step)s. We write to you as soon as %(vendor)s has looked at it.")
        messages.success(request, words % {"step": shown.text.title, "vendor": isolated(shown.vendor.name)})
    elif is_news:
        words = _("Done: %(step)s. That makes %(settled)d of %(total)d.")
        numbers = {"settled": shown.tally.settled, "total": shown.tally.total}
        messages.success(request, words % {"step": shown.text.title, **numbers})
    return _has_arrived(request, _onward(shown, actor), actor.draft_of(shown.progress))


def _has_arrived(request: PersonalRequest, response: HttpResponse, draft: str) -> HttpResponse:
    forget(request, draft)
    return acting.has_arrived(response, draft)


def _onward(shown: ShownStep, actor: Actor) -> HttpResponse:
    if not shown.progress.is_settled:
        return redirect("my-step", pk=shown.progress.pk)
    following = shown.following
    is_next = following is not None and following.is_for(actor.contact)
    return redirect("my-step", pk=following.progress.pk) if following and is_next else redirect("my-today")


@require_POST
@signed_in_on("my-step")
def my_step_withdraw(request: PersonalRequest, pk: int) -> HttpResponse:
    shown, actor = _find(request, pk)
    acting.take_back(request, shown, actor, now=clock.now())
    return redirect("my-step", pk=pk)


@require_POST
@signed_in_on("my-step")
def my_step_stuck(request: PersonalRequest, pk: int) -> HttpResponse:
    shown, actor = _find(request, pk)
    _only_the_partner(actor)
    answer = acting.say_stuck(request, shown, actor, now=clock.now())
    if answer.refused is not None:
        return _page(request, shown, actor, said=answer.refused)
    response = redirect(answer.on(reverse("my-step", args=[pk])))
    draft = f"{actor.draft_of(shown.progress)}.stuck"
    return response if answer.is_open else _has_arrived(request, response, draft)


@require_POST
@signed_in_on("my-step")
def my_step_handover(request: PersonalRequest, pk: int) -> HttpResponse:
    shown, actor = _find(request, pk)
    _only_the_partner(actor)
    answer = answer_handover(request, shown, actor, now=clock.now())
    if answer.is_reason_missing:
        return redirect(answer.on(reverse("my-step", args=[pk])))
    if answer.asked is not None or answer.refused is not None:
        return _page(request, shown, actor, said=answer.asked or answer.refused)
    shown.progress.refresh_from_db(fields=["state"])
    return _has_arrived(request, _onward(shown, actor), f"{actor.draft_of(shown.progress)}.offer")


@require_POST
@signed_in_on("my-step")
def my_step_later(request: PersonalRequest, pk: int) -> HttpResponse:
    shown, actor = _find(request, pk)
    contact, now = _only_the_partner(actor), clock.now()
    try:
        is_put_off = put_off(request, shown, contact, actor, now=now)
    except DayRefused as refused:
        return _page(request, shown, actor, later=refused.form)
    if not is_put_off:
        return redirect("my-step", pk=pk)
    say_until(request, Offer.of(shown, contact, now=now))
    return redirect("my-today")


@require_POST
@signed_in_on("my-step")
def my_step_slot(request: PersonalRequest, pk: int) -> HttpResponse:
    """Into the calendar, to another time, or out of it again."""
    shown, actor = _find(request, pk)
    contact, now = _only_the_partner(actor), clock.now()
    try:
        is_chosen = choose_slot(request, shown, contact, actor, now=now)
    except SlotRefused as refused:
        return _page(request, shown, actor, slot=refused.form)
    if not is_chosen:
        return redirect("my-step", pk=pk)
    shown.progress.refresh_from_db(fields=["slot_at"])
    say_slot(request, slot_offer(shown, contact, Reminders(), now=now))
    return redirect("my-today") if shown.progress.slot_at else redirect("my-step", pk=pk)


def _only_the_partner(actor: Actor) -> Contact:
    """A sponsor does their own step or leaves it; stuck and later are the partner's words."""
    if actor.contact is None:
        raise Http404
    return actor.contact
