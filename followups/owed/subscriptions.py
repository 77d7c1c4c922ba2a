"""What is owed follows the steps; the floor below tells of each move."""

from collections.abc import Sequence
from datetime import datetime

from followups.models import Task
from followups.owed.keeping import DONE_BY_US, keep
from playbooks.models import Handover, Progress
from playbooks.models.step import Turn
from playbooks.signals import (
    handover_moved,
    step_completed,
    step_handed_in,
    step_helped,
    step_opened,
    step_sent_back,
    step_skipped,
    step_stuck,
    step_withdrawn,
)

DONE, SETTLED = Task.End.DONE, Task.End.SETTLED


def subscribe() -> None:
    step_opened.connect(_opened, dispatch_uid="owed.opened")
    for done in (step_helped, step_sent_back):
        done.connect(_done, dispatch_uid="owed.done")
    for settled in (step_stuck, step_skipped, step_withdrawn, step_handed_in):
        settled.connect(_settled, dispatch_uid="owed.settled")
    step_completed.connect(_completed, dispatch_uid="owed.completed")
    handover_moved.connect(_handed_over, dispatch_uid="owed.handed_over")


def _opened(*, steps: Sequence[Progress], now: datetime, **_: object) -> None:
    if ours := [step for step in steps if step.turn == Turn.VENDOR]:
        keep(steps=ours, now=now)


def _done(*, progress: Progress, now: datetime, **_: object) -> None:
    keep(steps=[progress], now=now, ending=DONE)


def _settled(*, progress: Progress, now: datetime, **_: object) -> None:
    keep(steps=[progress], now=now, ending=SETTLED)


def _completed(*, progress: Progress, now: datetime, **_: object) -> None:
    """A step of the vendor's is done, and what was handed in is approved; who was stuck got past it themselves."""
    alone = Task.objects.still_open().filter(progress=progress, kind__in=(Task.Kind.STUCK, Task.Kind.HANDOVER))
    keep(steps=[progress], now=now, ending=SETTLED if alone.exists() else DONE)


def _handed_over(*, handover: Handover, progress: Progress, now: datetime, **_: object) -> None:
    keep(steps=[progress], now=now, ending=DONE if handover.state in DONE_BY_US else SETTLED)
