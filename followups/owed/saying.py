"""What is owed, in words: one line, one reason, one thing to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from followups.dashboards.lookups import step_titles
from followups.models import Task
from partners.isolating import isolated
from partners.models import Vendor
from partners.templatetags.firstline import quoted, since_words
from playbooks.models import Handover, HandoverMove

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60
REASONS: Final[Mapping[str, Promise]] = {
    Task.Kind.STUCK.value: gettext_lazy("Got stuck %(ago)s at “%(step)s”"),
    Task.Kind.APPROVE.value: gettext_lazy("Asked you %(ago)s to approve “%(step)s”"),
    Task.Kind.STEP.value: gettext_lazy("“%(step)s” is your step; it opened %(ago)s"),
    Task.Kind.HANDOVER.value: gettext_lazy("“%(step)s” is to be done for them"),
}
HANDED: Final[Mapping[str, tuple[Promise, Promise]]] = {
    Handover.State.REQUESTED.value: (
        gettext_lazy("Asked %(ago)s what it costs to have “%(step)s” done"),
        gettext_lazy("Send a quote"),
    ),
    Handover.State.ACCEPTED.value: (
        gettext_lazy("Waits for a day on which you do “%(step)s”"),
        gettext_lazy("Set the day"),
    ),
    Handover.State.SCHEDULED.value: (gettext_lazy("You do “%(step)s” for them"), gettext_lazy("Say it is done")),
    Handover.State.RETURNED.value: (gettext_lazy("Something is missing in “%(step)s”"), gettext_lazy("Add it")),
}
ACTIONS: Final[Mapping[str, Promise]] = {
    Task.Kind.STUCK.value: gettext_lazy("Write an answer"),
    Task.Kind.APPROVE.value: gettext_lazy("Look and approve"),
    Task.Kind.STEP.value: gettext_lazy("Do your part"),
    Task.Kind.HANDOVER.value: gettext_lazy("Have a look"),
}


class Handed(NamedTuple):
    """Of what is done for a partner: where it is, what the partner said last that the vendor should know, and sent."""

    state: str
    words: str
    file: str


@dataclass(frozen=True)
class Line:
    company: str
    partner_id: int
    manager: str
    reason: str
    words: str  # the partner's own
    file: str  # the name of what they sent along
    due_at: datetime
    is_overdue: bool
    action: str
    address: str


def lines_of(tasks: Iterable[Task], *, vendor: Vendor, managers: Mapping[int, str], now: datetime) -> list[Line]:
    """In finished words; a query for the steps' titles, and one for what is done for them, however many there are."""
    found = list(tasks)
    titles = step_titles({task.progress.step_id for task in found if task.progress}, get_language() or "en")
    handed = [task.progress_id for task in found if task.kind == Task.Kind.HANDOVER]
    handovers = _handovers(handed) if handed else {}
    return [_line(task, vendor, titles, handovers.get(task.progress_id or 0), managers, now=now) for task in found]


def _handovers(steps: Iterable[int | None]) -> dict[int, Handed]:
    """By step, what is done for a partner; one query."""
    last = HandoverMove.objects.filter(handover=OuterRef("pk")).order_by("-pk").values("note")[:1]
    rows = Handover.objects.live().filter(progress__in=steps).annotate(last_note=Subquery(last))
    return {
        progress: Handed(state, note if state == Handover.State.RETURNED else wish, attached.get("name", ""))
        for progress, state, wish, attached, note in rows.values_list(
            "progress", "state", "wish", "attached", "last_note"
        )
    }


def _line(
    task: Task,
    vendor: Vendor,
    titles: Mapping[int, str],
    handed: Handed | None,
    managers: Mapping[int, str],
    *,
    now: datetime,
) -> Line:
    progress, due_at = task.progress, task.due_at
    assert progress is not None and due_at is not None  # noqa: S101, PT018 - a constraint says so
    words = {"step": titles[progress.step_id], "ago": since_words(task.made_at, now=now)}
    reason, action = HANDED.get(handed.state if handed else "", (REASONS[task.kind], ACTIONS[task.kind]))
    own = handed.words if handed else progress.reason if task.kind == Task.Kind.STUCK else ""
    if task.kind == Task.Kind.STUCK:
        address = reverse("desk-today-stuck", args=[vendor.slug, task.pk])
    else:
        address = reverse("desk-step", args=[vendor.slug, progress.pk])
    return Line(
        company=isolated(task.partner.company),
        partner_id=task.partner_id,
        manager=isolated(managers.get(task.partner.manager_id, "")),
        reason=str(reason) % words,
        words=quoted(own) if own else "",
        file=isolated(handed.file) if handed else "",
        due_at=due_at,
        is_overdue=due_at < now,
        action=str(action),
        address=address,
    )


def overdue_in_words(task: Task) -> str:
    """For a note: what should have been done."""
    match task.kind:
        case Task.Kind.STUCK:
            return _("They are stuck, and nobody has answered yet.")
        case Task.Kind.APPROVE:
            return _("They handed it in, and nobody has looked at it yet.")
        case Task.Kind.HANDOVER:
            return _("You do this for them, and the day it was due on is over.")
    return _("This step is yours, and they cannot go on without it.")


def length_in_words(took: timedelta) -> str:
    """As long as a person would say it took: “25 minutes”, “3 hours”, “2 days”."""
    seconds = int(took.total_seconds())
    if seconds < HOUR:
        minutes = max(1, seconds // MINUTE)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if seconds < 2 * DAY:
        hours = seconds // HOUR
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = seconds // DAY
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
