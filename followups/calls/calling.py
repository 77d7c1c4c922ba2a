"""Calls that a cadence asks for: one at a time for each partner, done by writing down how it went."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from followups.models import Task
from followups.models.task import TaskQuerySet
from partners.models import Partner
from partners.roles import contacts_for
from playbooks.models import Progress

TRY_AGAIN = timedelta(days=1)  # as long as a partner rests who was not reached
TALKS = (Task.Kind.CALL, Task.Kind.DOUBT)
End = Task.End


def ask_for(tasks: Sequence[Task], *, now: datetime) -> None:
    """Put these calls on the list, the later of two for one partner; a call that was not made goes into the next."""
    if not tasks:
        return
    partners = sorted({task.partner_id for task in tasks})
    # One after the other: two workers that ask for a call to the same partner leave one open.
    list(Partner.objects.select_for_update(no_key=True).filter(pk__in=partners).order_by("pk").values_list("pk"))
    _end(Task.objects.filter(partner__in=partners), End.REPLACED, now=now)
    latest = {task.partner_id: task for task in tasks}
    for task in tasks:
        if latest[task.partner_id] is not task:
            task.ended_at, task.ending = now, End.REPLACED
    Task.objects.bulk_create(tasks)


def called(*, partner: Partner, was_reached: bool, now: datetime) -> None:
    """Somebody wrote down a call: it is done; where nobody was reached, it is tried again tomorrow."""
    calls = Task.objects.still_open().filter(partner=partner, kind__in=TALKS)
    if was_reached:
        calls.update(ended_at=now, ending=End.DONE)
    else:
        calls.update(not_before=now + TRY_AGAIN)


def call_who_is_there(*, partner: Partner, now: datetime) -> None:
    """Talks with somebody who left are had with whoever has the step's role now; nobody asks for their address."""
    gone = Task.objects.still_open().filter(partner=partner).exclude(contact__left_at=None)
    gone.filter(kind=Task.Kind.ADDRESS).update(ended_at=now, ending=End.SETTLED)
    for task in gone.filter(kind__in=TALKS).select_related("progress__step"):
        role = task.progress.step.role if task.progress else ""
        to = contacts_for([partner.pk], role).get(partner.pk)
        same = Task.objects.still_open().filter(pk=task.pk)
        if to is None:
            same.update(ended_at=now, ending=End.SETTLED)
        else:
            same.update(contact=to)


def settle_calls(*, progress: Progress, now: datetime) -> None:
    """What was to be talked about is done, or is not theirs to do any more."""
    _end(Task.objects.filter(progress=progress), End.SETTLED, now=now)


def _end(tasks: TaskQuerySet, ending: Task.End, *, now: datetime) -> None:
    tasks.filter(kind=Task.Kind.CALL, ended_at=None).update(ended_at=now, ending=ending)
