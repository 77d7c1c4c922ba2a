"""A partner's step as the vendor's staff sees it: to do what is theirs to do, or to leave out what does not fit."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from partners import clock
from partners.isolating import isolated
from partners.models import Activity
from partners.scoping import ScopedRequest
from playbooks import walking
from playbooks.evidence.forms import EvidenceForm
from playbooks.files.giving_out import give_out
from playbooks.models import Progress, StoredFile
from playbooks.pages.handover_forms import delivery_form, forms_for
from playbooks.pages.words import MissingForm, SkipForm, WordsForm
from playbooks.resources.showing import Helping
from playbooks.showing import ShownStep
from playbooks.walking import HandedInAnew, NotYourMove, ReasonMissing

VENDOR = Activity.Side.VENDOR


def find(request: ScopedRequest, pk: int) -> ShownStep:
    steps = Progress.objects.filter(enrollment__vendor=request.vendor).with_texts()
    return ShownStep(get_object_or_404(steps, pk=pk), VENDOR, get_language() or "")


@require_safe
def desk_step(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    return page(request, find(request, pk))


def page(
    request: ScopedRequest,
    shown: ShownStep,
    *,
    refused: Form | None = None,
    delivery: EvidenceForm | None = None,
    said: WordsForm | None = None,
) -> HttpResponse:
    """``refused`` is what was sent about a step that is done for the partner, with what is wrong with it.

    ``delivery`` is the evidence that was sent along. ``said`` is what was typed to send it back or to leave it out.
    """
    now = clock.now()
    files_at = reverse("desk-file", args=[request.vendor.slug, "-"]).removesuffix("-/")
    helping = Helping.of(request, shown, files_at=files_at)
    handed = shown.handover if shown.handover and shown.handover.is_live else None
    forms = forms_for(handed, now=now, refused=refused) if handed and request.member.may_act else {}
    context = {
        "handed": handed,
        "handover_forms": forms,
        "delivery": delivery or (delivery_form(shown) if "deliver" in forms else None),
        "is_overdue": handed is not None and handed.is_overdue(now),
        "resources": helping.resources,
        "files_at": files_at,
        "step": shown,
        "back": said if isinstance(said, MissingForm) else MissingForm(),
        "skip": said if isinstance(said, SkipForm) else SkipForm(),
        "unsent": said.typed if said is not None and not _has_place(shown, said) else "",
        "partner": shown.progress.enrollment.partner,
        "now": now,
    }
    status = 422 if refused or said is not None else 200
    return helping.playing_on(render(request, "desk/step.html", context, status=status))


def _has_place(shown: ShownStep, said: WordsForm) -> bool:
    return shown.may_act and (shown.waits_for_approval or not isinstance(said, MissingForm))


@require_safe
def desk_file(request: ScopedRequest, vendor: str, key: str) -> HttpResponseBase:
    return give_out(StoredFile.objects.of(request.vendor), key)


@require_POST
def desk_step_done(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """The vendor's own step is done, the partner said that theirs is, or what they handed in is approved."""
    shown = find(request, pk)
    said = _("Approved: %(step)s.") if shown.waits_for_approval else _("Done: %(step)s.")
    try:
        seen = request.POST.get("seen", "")
        done = walking.complete(progress=shown.progress, by=request.user, now=clock.now(), side=VENDOR, seen=seen)
    except HandedInAnew:
        return _handed_in_anew(request, pk)
    except NotYourMove:
        return _not_open(request, shown)
    if done:
        messages.success(request, said % {"step": shown.text.title})
        return _to_partner(request, shown)
    return _settled(request, pk, as_state=Progress.State.DONE)


@require_POST
def desk_step_back(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """What was handed in is not whole yet; what is missing goes to whoever handed it in."""
    shown = find(request, pk)
    form, seen = MissingForm(request.POST), request.POST.get("seen", "")
    if not form.is_valid():
        return page(request, shown, said=form)
    missing = form.said
    try:
        sent = walking.send_back(progress=shown.progress, missing=missing, by=request.user, now=clock.now(), seen=seen)
    except HandedInAnew:
        return _handed_in_anew(request, pk, form)
    except NotYourMove:
        return _not_open(request, shown, typed=missing)
    except ReasonMissing:
        messages.warning(request, _("Say in a few words what is missing, so that they can add it."))
        return redirect("desk-step", vendor=request.vendor.slug, pk=pk)
    if not sent:
        return _handed_in_anew(request, pk, form)
    messages.success(request, _("Sent back: %(step)s. It is their turn again.") % {"step": shown.text.title})
    return _to_partner(request, shown)


@require_POST
def desk_step_skip(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """The step does not fit this partner; the reason is kept."""
    shown = find(request, pk)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return page(request, shown, said=form)
    reason = form.said
    try:
        skipped = walking.skip(progress=shown.progress, reason=reason, by=request.user, now=clock.now())
    except NotYourMove:
        return _not_open(request, shown, typed=reason)
    except ReasonMissing:
        messages.warning(request, _("Say in a few words why this step does not fit, so that the playbook can learn."))
        return redirect("desk-step", vendor=request.vendor.slug, pk=pk)
    if skipped:
        messages.success(request, _("Left out: %(step)s.") % {"step": shown.text.title})
        return _to_partner(request, shown)
    return _settled(request, pk, as_state=Progress.State.SKIPPED, typed=reason)


def _to_partner(request: ScopedRequest, shown: ShownStep) -> HttpResponse:
    return redirect("desk-partner", vendor=request.vendor.slug, pk=shown.progress.enrollment.partner_id)


def _settled(request: ScopedRequest, pk: int, *, as_state: str, typed: str = "") -> HttpResponse:
    """Who pressed twice is where one press leads; whoever wanted something else hears what became of the step."""
    shown = find(request, pk)
    progress = shown.progress
    if progress.state == as_state and (not typed or progress.reason == typed.strip()):
        return _to_partner(request, shown)
    said = _("“%(step)s” was done since you opened the page, so nothing was changed.")
    if progress.state == Progress.State.SKIPPED:
        said = _("“%(step)s” was left out since you opened the page, so nothing was changed.")
    messages.warning(request, said % {"step": shown.text.title})
    return to_step(request, shown, typed=typed)


def _handed_in_anew(request: ScopedRequest, pk: int, form: MissingForm | None = None) -> HttpResponse:
    """Nothing was decided: what is there now was never looked at. What was typed stays in its field."""
    shown, missing = find(request, pk), form.said if form is not None else ""
    if shown.waits_for_approval:
        messages.warning(request, _("They handed it in anew since you opened the page. Look at it as it is now."))
        return page(request, shown, said=form or MissingForm())
    if shown.is_sent_back and shown.progress.reason == missing:  # pressed twice
        return to_step(request, shown)
    if shown.is_sent_back:
        said = _("%(name)s sent it back since you opened the page, so nothing more was decided. It is their turn.")
        messages.warning(request, said % {"name": isolated(shown.who_gave_it_back)})
        return to_step(request, shown, typed=missing)
    if not shown.may_act:
        return _not_open(request, shown, typed=missing)
    messages.warning(request, _("They took it back since you opened the page, so nothing was decided."))
    return to_step(request, shown, typed=missing)


def _not_open(request: ScopedRequest, shown: ShownStep, *, typed: str = "") -> HttpResponse:
    messages.warning(request, _("This step is not open right now. Here is where things stand."))
    return to_step(request, shown, typed=typed)


def to_step(request: ScopedRequest, shown: ShownStep, *, typed: str = "") -> HttpResponse:
    """With the words that nothing takes any longer."""
    if typed.strip():
        kept = _("What you wrote was not sent: “%(typed)s”")
        messages.warning(request, kept % {"typed": isolated(typed.strip())})
    return redirect("desk-step", vendor=request.vendor.slug, pk=shown.progress.pk)
