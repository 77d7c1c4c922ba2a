"""What Firstline says at the bell of its own accord, and when what stands there is over."""

from datetime import datetime

from followups.calls.calling import settle_calls
from followups.engine.cadences import STUCK, Rule
from followups.engine.planning import plan_one
from followups.engine.waking import wake_on_commit
from followups.models import Notification, Touch
from playbooks.models import Progress

SAID_WHEN_STUCK = Rule.made(STUCK, 0, Touch.Basis.ELAPSED, Touch.To.MANAGER, "", "", Touch.Channel.IN_APP)


def say_stuck(*, progress: Progress, now: datetime) -> None:
    """Whoever leads the partner hears of it at once: a note disturbs nobody."""
    if plan_one(progress=progress, rule=SAID_WHEN_STUCK, now=now):
        wake_on_commit()


def settle_notes(*, progress: Progress, now: datetime) -> None:
    """The step has moved on: what stood at a bell about it is over, read or not, and so is a call."""
    Notification.objects.filter(progress=progress, settled_at=None).update(settled_at=now)
    settle_calls(progress=progress, now=now)
