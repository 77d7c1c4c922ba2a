"""The list of what is owed follows the steps, in the transaction in which they move: one task a step, or none.

What is due when: what is done for a partner by what was agreed, everything else by the end of the next working day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from followups.bell.leaving import settle_left
from followups.engine.answering import reader_of
from followups.models import Task
from followups.models.task import OWED_KINDS
from partners.working_days import day_of, end_of, working_days_after
from playbooks.models import Handover, Progress
from playbooks.models.step import Turn

Kind, End, State = Task.Kind, Task.End, Progress.State
ANSWER_WITHIN: Final = 1  # working days
KINDS: Final[Mapping[str, Task.Kind]] = {
    State.STUCK: Kind.STUCK,
    State.WAITING: Kind.APPROVE,
    State.HANDED_OVER: Kind.HANDOVER,
    State.OPEN: Kind.STEP,
    State.REOPENED: Kind.STEP,
}
# Moves of a handover by which the vendor has done its part.
DONE_BY_US: Final = (Handover.State.QUOTED, Handover.State.DELIVERED, Handover.State.DECLINED)


def kind_of(step: Progress) -> Task.Kind | None:
    """What is owed about it; None where it is not the vendor's turn."""
    return KINDS.get(step.state) if step.turn == Turn.VENDOR else None


def keep(*, steps: Sequence[Progress], now: datetime, ending: Task.End = End.DONE) -> None:
    """Bring what is owed about these steps, of one vendor, in line with where they stand.

    ``ending`` is how what is no longer owed ended: done by the vendor, or settled without it.
    """
    open_now = Task.objects.still_open().filter(kind__in=OWED_KINDS, progress__in=steps)
    before = {task.progress_id: task for task in open_now}
    made = []
    for step in steps:
        task, kind = before.get(step.pk), kind_of(step)
        if task is not None and task.kind != kind:
            _end(task, ending, now=now)
        if kind is not None and (task is None or task.kind != kind):
            made.append(_made(step, kind, now=now))
        elif task is not None and kind == Kind.HANDOVER:
            _put_off(task, step, now=now)
    Task.objects.bulk_create(made, ignore_conflicts=True)


def _made(step: Progress, kind: Task.Kind, *, now: datetime) -> Task:
    partner, since = step.enrollment.partner, step.turn_since or now
    handed = _handover(step) if kind == Kind.HANDOVER else None
    contact = handed.contact_id if handed else _who_waits(step, kind)
    return Task(
        vendor_id=step.enrollment.vendor_id,
        partner=partner,
        contact_id=contact,
        kind=kind,
        progress=step,
        made_at=since,
        not_before=since,
        due_at=(handed.due_at if handed else None) or _soon(step, since),
    )


def _who_waits(step: Progress, kind: Task.Kind) -> int | None:
    if kind == Kind.STEP:
        return None
    contact = reader_of(step)
    return contact.pk if contact else None


def _soon(step: Progress, since: datetime) -> datetime:
    vendor = step.enrollment.partner.vendor
    return end_of(vendor, working_days_after(vendor, day_of(vendor, since), days=ANSWER_WITHIN))


def _handover(step: Progress) -> Handover | None:
    return Handover.objects.live().filter(progress=step).first()


def _put_off(task: Task, step: Progress, *, now: datetime) -> None:
    """Another day was agreed upon: what was said about the one before is over."""
    handed = _handover(step)
    if handed is not None and handed.due_at is not None and handed.due_at != task.due_at:
        task.due_at, task.overdue_told_at = handed.due_at, None
        task.save(update_fields=["due_at", "overdue_told_at"])
        settle_left(vendor_id=task.vendor_id, key_begins=overdue_key(task), now=now)


def _end(task: Task, ending: Task.End, *, now: datetime) -> None:
    task.ended_at, task.ending = now, ending
    task.save(update_fields=["ended_at", "ending"])
    if task.overdue_told_at is not None:
        settle_left(vendor_id=task.vendor_id, key_begins=overdue_key(task), now=now)


def overdue_key(task: Task) -> str:
    """How the keys of notes begin that say that it is overdue."""
    return f"overdue:{task.pk}:"
