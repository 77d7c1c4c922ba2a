"""A step opened from a mail, without a password. Opening shows; only a press of a button acts.

These pages take no cookie and no session into account: whoever holds the link may do what the link allows, and
nothing else. That is why they need no CSRF token, which a page without a referrer could not send anyway.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners import clock
from partners.models import Activity
from playbooks.files.giving_out import give_out
from playbooks.links import LinkExpired, LinkInvalid, StepLink, make_token, open_step_link
from playbooks.models import StoredFile
from playbooks.pages import acting
from playbooks.pages.acting import Actor, GoalForm, NotFinished, Sent, evidence_form
from playbooks.pages.handover import answer_handover
from playbooks.pages.handover_forms import AskForm
from playbooks.pages.later import DayRefused, LaterForm, Offer, put_off
from playbooks.pages.slot import SlotForm, SlotRefused, choose_slot, slot_offer
from playbooks.pages.words import WordsForm
from playbooks.renewing import mail_fresh_link
from playbooks.resources.items import files_of
from playbooks.resources.showing import Helping
from playbooks.showing import ShownStep

NOTHING_SENT = Sent()
JUST_NOW = timedelta(minutes=10)
Response = TypeVar("Response", bound=HttpResponseBase)
LinkView = Callable[..., HttpResponseBase]  # of a request, the token, what it opens, and the time


def opened(view: LinkView) -> LinkView:
    """Opens the link, speaks its contact's language, and keeps the address out of caches, logs and search engines."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **more: str) -> HttpResponseBase:
        now = clock.now()
        try:
            link = open_step_link(token, now=now)
        except LinkInvalid:
            return _private(render(request, "my/link_invalid.html", status=404))
        except LinkExpired as expired:
            old = expired.link
            return _private(_in_words_of(old, lambda: _expired(request, token, old)))
        return _private(_in_words_of(link, lambda: view(request, token, link, now, **more)))

    return wrapped


def _private(response: Response) -> Response:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _in_words_of(link: StepLink, answer: Callable[[], Response]) -> Response:
    with translation.override(link.contact.language_code), timezone.override(link.contact.zone_name):
        response = answer()
    response["Content-Language"] = link.contact.language_code
    return response


def _shown(link: StepLink) -> ShownStep:
    return ShownStep(link.progress, Activity.Side.PARTNER, link.contact.language_code)


def _actor(link: StepLink) -> Actor:
    side = Activity.Side.PARTNER
    return Actor(user=link.contact.user, name=link.contact.name, side=side, contact=link.contact)


def _expired(request: HttpRequest, token: str, link: StepLink) -> HttpResponse:
    typed = _typed(request)
    if request.method == "POST" and not typed:
        return redirect("step-link", token)  # the page there says what has happened to the link
    context = {
        "typed": typed,
        "vendor": link.contact.partner.vendor,
        "email": _masked(link.contact.email),
        "fresh": reverse("step-link-fresh", args=[token]),
        "is_sent": "sent" in request.GET,
    }
    return render(request, "my/link_expired.html", context, status=200 if context["is_sent"] else 410)


def _typed(request: HttpRequest) -> list[str]:
    """The words that somebody sent; nothing else keeps them, so they are shown to be copied."""
    words = {name: value.strip() for name, value in request.POST.items() if isinstance(value, str)}
    return [
        value for name, value in words.items() if value and name.startswith(("goal", "reason", "words", "evidence-"))
    ]


def _masked(email: str) -> str:
    """Enough of an address for its owner to know it: k…@example.com."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def _doors(token: str) -> dict[str, str]:
    acts = ("done", "withdraw", "stuck", "later", "slot", "goal", "handover")
    return {act: reverse(f"step-link-{act}", args=[token]) for act in acts}


@require_safe
@opened
def step_link(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    return _page(request, token, link, now)


def _page(
    request: HttpRequest,
    token: str,
    link: StepLink,
    now: datetime,
    *,
    sent: Sent = NOTHING_SENT,
    said: AskForm | WordsForm | None = None,
    later: LaterForm | None = None,
    slot: SlotForm | None = None,
) -> HttpResponse:
    """``sent``, ``said``, ``later`` or ``slot`` was sent and refused."""
    shown = _shown(link)
    files_at = reverse("step-link-file", args=[token, "-"]).removesuffix("-/")
    context: dict[str, Any] = {
        "files_at": files_at,
        "step": shown,
        "vendor": shown.vendor,
        "now": now,
        "doors": _doors(token),
        "reader": link.contact,
        **acting.forms_for_words(shown, said),
    }
    status = 200 if not (said or later or slot) and sent == NOTHING_SENT else 422
    if link.progress.is_settled or link.progress.state == link.progress.State.LOCKED:
        settled_at = link.progress.settled_at
        context["is_fresh"] = settled_at is not None and timedelta() <= now - settled_at < JUST_NOW
        if shown.following and shown.following.is_mine:
            fresh = make_token(contact=link.contact, progress=shown.following.progress, now=now)
            context["following_link"] = reverse("step-link", args=[fresh])
            context["is_for_reader"] = shown.following.is_for(link.contact)
            context["offer"] = Offer.of(shown.following, link.contact, now=now)
        return render(request, "my/link_used.html", context, status=status)
    context["helped_with"] = shown.text.obstacle(request.GET.get("obstacle", "")) if shown.may_act else None
    context["link_ends"] = link.expires_at
    if shown.is_for(link.contact):
        offer = context["offer"] = Offer.of(shown, link.contact, now=now, refused=later)
        context["slot"] = slot_offer(shown, link.contact, offer.reminders, now=now, refused=slot)
    context["reason_missing"] = request.GET.get("missing") == "reason"
    context["wanted"] = request.GET.get("want", "") if shown.is_mine else ""  # which of a mail's offers was followed
    context["form"] = sent.goal or GoalForm.of(link.progress.enrollment, None)
    context["evidence"] = sent.evidence or (evidence_form(shown) if shown.asks_for_evidence else None)
    context["draft"] = _actor(link).draft_of(link.progress)
    helping = Helping.of(request, shown, files_at=files_at)
    context["resources"] = helping.resources
    return helping.playing_on(render(request, "my/link_step.html", context, status=status))


@require_safe
@opened
def step_link_file(request: HttpRequest, token: str, link: StepLink, now: datetime, key: str) -> HttpResponseBase:
    """What was given in the step, or helps with it."""
    own = Q(progress=link.progress) | Q(progress=None, key__in=list(files_of(_shown(link).resources)))
    return give_out(StoredFile.objects.of(link.contact.partner.vendor).filter(own), key)


@require_POST
@opened
def step_link_done(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    try:
        acting.finish(request, _shown(link), _actor(link), now=now)
    except NotFinished as refused:
        return _page(request, token, link, now, sent=refused.sent)
    return acting.has_arrived(redirect("step-link", token), _actor(link).draft_of(link.progress))


@require_POST
@opened
def step_link_withdraw(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    acting.take_back(request, _shown(link), _actor(link), now=now)
    return redirect("step-link", token)


@require_POST
@opened
def step_link_stuck(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    answer = acting.say_stuck(request, _shown(link), _actor(link), now=now)
    if answer.refused is not None:
        return _page(request, token, link, now, said=answer.refused)
    response = redirect(answer.on(reverse("step-link", args=[token])))
    return response if answer.is_open else acting.has_arrived(response, f"{_actor(link).draft_of(link.progress)}.stuck")


@require_POST
@opened
def step_link_handover(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    answer = answer_handover(request, _shown(link), _actor(link), now=now)
    if answer.asked is not None or answer.refused is not None:
        return _page(request, token, link, now, said=answer.asked or answer.refused)
    response = redirect(answer.on(reverse("step-link", args=[token])))
    return acting.has_arrived(response, f"{_actor(link).draft_of(link.progress)}.offer")


@require_POST
@opened
def step_link_later(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    try:
        is_put_off = put_off(request, _shown(link), link.contact, _actor(link), now=now)
    except DayRefused as refused:
        return _page(request, token, link, now, later=refused.form)
    return redirect(reverse("step-link", args=[token]) + ("" if is_put_off else "?want=later"))


@require_POST
@opened
def step_link_slot(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    try:
        is_chosen = choose_slot(request, _shown(link), link.contact, _actor(link), now=now)
    except SlotRefused as refused:
        return _page(request, token, link, now, slot=refused.form)
    return redirect(reverse("step-link", args=[token]) + ("" if is_chosen else "?want=slot"))


@require_http_methods(["GET", "HEAD", "POST"])
@opened
def step_link_goal(request: HttpRequest, token: str, link: StepLink, now: datetime) -> HttpResponse:
    enrollment = link.progress.enrollment
    if enrollment.state != enrollment.State.RUNNING:
        return redirect("step-link", token)
    form = GoalForm.of(enrollment, request.POST if request.method == "POST" else None)
    draft = _actor(link).draft_named(f"goal.{enrollment.pk}")
    if form.is_valid():
        form.keep(enrollment, _actor(link), now=now)
        return acting.has_arrived(redirect("step-link", token), draft)
    hint = enrollment.version.text("goal_hint", link.contact.language_code)
    context = {"form": form, "vendor": enrollment.partner.vendor, "hint": hint, "draft": draft}
    return render(request, "my/link_goal.html", context, status=422 if form.errors else 200)


@require_POST
@csrf_exempt
@never_cache
def step_link_fresh(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a fresh link to the address of an expired one; a link that still works needs none."""
    now = clock.now()
    try:
        open_step_link(token, now=now)
    except LinkInvalid:
        return _private(render(request, "my/link_invalid.html", status=404))
    except LinkExpired as expired:
        mail_fresh_link(link=expired.link, now=now)
        return _private(redirect(reverse("step-link", args=[token]) + "?sent=yes"))
    return _private(redirect("step-link", token))
