"""Somebody is stuck: all that is needed to answer, and the answer, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followups.dashboards.forms import AnswerForm
from followups.dashboards.unreachable import said_to_nobody, who_hears_nothing
from followups.models import Task
from followups.owed.saying import length_in_words
from partners import clock
from partners.models import Activity
from partners.scoping import ScopedRequest
from playbooks.adding_help import add_help, last_help
from playbooks.models import Progress
from playbooks.models.step import Turn
from playbooks.showing import Obstacle, ShownStep
from playbooks.walking import NotYourMove, help_on

EARLIER = 6
TALK = (
    *(Activity.Kind.STUCK, Activity.Kind.HELPED, Activity.Kind.CONTACTED, Activity.Kind.SENT_BACK),
    *(Activity.Kind.CONFIDENCE, Activity.Kind.HANDOVER),
)


@dataclass(frozen=True)
class Said:
    """One thing that was said before, by whom and when."""

    who: str
    at: datetime
    note: str
    step: str


@require_http_methods(["GET", "HEAD", "POST"])
def stuck(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """One task; once it is answered, the page says so and leads back."""
    related = ("partner", "contact")
    tasks = Task.objects.of(request.vendor).filter(kind=Task.Kind.STUCK).select_related(*related)
    task = get_object_or_404(tasks, pk=pk)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _answer(request, task, form)
    return _page(request, task, form, status=422 if form.errors else 200)


def _answer(request: ScopedRequest, task: Task, form: AnswerForm) -> HttpResponse:
    """Who was answered meanwhile gets this as an addition once it was pressed for; until then its words stay here."""
    progress, answer, now = task.progress, form.cleaned_data["answer"], clock.now()
    assert progress is not None  # noqa: S101 - a constraint says so
    same: dict[str, Any] = {"progress": progress, "answer": answer, "by": request.user, "now": now}
    try:
        done = task.ended_at is None and help_on(**same)
        if not done and "addition" in request.POST:
            done = add_help(**same)
    except NotYourMove:
        done = False
    task.partner.vendor = request.vendor
    last = last_help(progress)
    if not done and (last is None or last.note != answer.strip()):
        task.refresh_from_db(fields=["ended_at", "ending"])
        return _page(request, task, form, status=422)
    if done and (unreachable := who_hears_nothing(progress, task.partner)):
        messages.warning(request, said_to_nobody(unreachable))
    else:
        messages.success(request, _("Your answer is on its way to the partner. It is their turn again."))
    return redirect(reverse("desk-today-owed", args=[request.vendor.slug]))


def came_too_late(request: ScopedRequest, progress: Progress, form: AnswerForm) -> HttpResponse | None:
    """The page with an answer that was written elsewhere after somebody else's; None where nothing would be lost."""
    last = last_help(progress)
    tasks = Task.objects.of(request.vendor).filter(kind=Task.Kind.STUCK, progress=progress)
    task = tasks.select_related("partner", "contact").order_by("-pk").first()
    if task is None or (last is not None and last.note == form.cleaned_data["answer"].strip()):
        return None
    task.partner.vendor = request.vendor
    return _page(request, task, form, status=422)


def _page(request: ScopedRequest, task: Task, form: AnswerForm, *, status: int) -> HttpResponse:
    assert task.progress_id is not None  # noqa: S101 - a constraint says so
    progress = Progress.objects.with_texts().get(pk=task.progress_id)
    shown = ShownStep(progress, Activity.Side.VENDOR, get_language() or "en")
    partner = progress.enrollment.partner
    there = task.contact if task.contact and task.contact.left_at is None else None
    is_open, now = task.ended_at is None, clock.now()
    context = {
        "task": task,
        "is_open": is_open,
        "took": length_in_words((task.ended_at or now) - task.made_at),
        "is_overdue": is_open and task.due_at is not None and task.due_at < now,
        "step": shown,
        "partner": partner,
        "goal": progress.enrollment.goal,
        "goal_why": progress.enrollment.goal_why,
        "obstacle": _obstacle(shown),
        "last": None if is_open else last_help(progress),
        "may_add": progress.is_in_play and progress.turn == Turn.PARTNER,
        "there": there,
        "phone": (there.phone if there else "") or partner.phone,
        "earlier": _earlier(task, shown.language),
        "unreachable": who_hears_nothing(progress, partner) if is_open else None,
        "files_at": reverse("desk-file", args=[request.vendor.slug, "-"]).removesuffix("-/"),
        "form": form,
    }
    return render(request, "desk/stuck.html", context, status=status)


def _obstacle(shown: ShownStep) -> Obstacle | None:
    """The one they chose, in whichever language they read it; its answer was shown to them."""
    reason = shown.progress.reason.strip()
    for texts in shown.progress.step.texts.values():
        for number, each in enumerate(texts.get("obstacles") or [], start=1):
            if reason and each.get("what", "").strip() == reason:
                return shown.text.obstacle(str(number))
    return None


def _earlier(task: Task, language: str) -> Sequence[Said]:
    """The latest talk with them before, about this step or another."""
    talk = Activity.objects.filter(partner=task.partner_id, kind__in=TALK, at__lt=task.made_at).exclude(note="")
    return [
        Said(
            who=each.actor_name,
            at=each.at,
            note=each.note,
            step=str(each.data.get("title", {}).get(language) or next(iter(each.data.get("title", {}).values()), "")),
        )
        for each in talk.order_by("-at", "-pk")[:EARLIER]
    ]
