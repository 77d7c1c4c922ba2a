"""Somebody is stuck: all that is needed to answer, and the answer, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
from playbooks.models import Progress
from playbooks.showing import ShownStep
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
        return _answer(request, task, form.cleaned_data["answer"])
    return _page(request, task, form, status=422 if form.errors else 200)


def _answer(request: ScopedRequest, task: Task, answer: str) -> HttpResponse:
    progress = task.progress
    assert progress is not None  # noqa: S101 - a constraint says so
    try:
        done = task.ended_at is None and help_on(progress=progress, answer=answer, by=request.user, now=clock.now())
    except NotYourMove:
        done = False
    task.partner.vendor = request.vendor
    if done and (unreachable := who_hears_nothing(progress, task.partner)):
        messages.warning(request, said_to_nobody(unreachable))
    elif done:
        messages.success(request, _("Your answer is on its way to the partner. It is their turn again."))
    else:
        messages.info(request, _("This step is not stuck any more; there was nothing to answer."))
    return redirect(reverse("desk-today-owed", args=[request.vendor.slug]))


def _page(request: ScopedRequest, task: Task, form: AnswerForm, *, status: int) -> HttpResponse:
    assert task.progress_id is not None  # noqa: S101 - a constraint says so
    progress = Progress.objects.with_texts().get(pk=task.progress_id)
    shown = ShownStep(progress, Activity.Side.VENDOR, get_language() or "en")
    partner = progress.enrollment.partner
    is_open, now = task.ended_at is None, clock.now()
    context = {
        "task": task,
        "is_open": is_open,
        "took": length_in_words((task.ended_at or now) - task.made_at),
        "is_overdue": is_open and task.due_at is not None and task.due_at < now,
        "step": shown,
        "partner": partner,
        "goal": progress.enrollment.goal,
        "phone": (task.contact.phone if task.contact else "") or partner.phone,
        "earlier": _earlier(task, shown.language),
        "unreachable": who_hears_nothing(progress, partner) if is_open else None,
        "files_at": reverse("desk-file", args=[request.vendor.slug, "-"]).removesuffix("-/"),
        "form": form,
    }
    return render(request, "desk/stuck.html", context, status=status)


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
