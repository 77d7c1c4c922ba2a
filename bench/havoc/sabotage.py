"""Negative controls: a worker without one of the safeguards, so that the run can be seen to fail.

It is done to the worker's own memory, by the worker itself; the engine has no such switches.
"""

from typing import Any

from django.db.models.functions import Now

from followups.engine import lastcheck, reaping
from followups.engine.claiming import LEASE, Claim
from followups.models import Message

State = Message.State


def mark_anyway(claimed: Claim, **rendered: Any) -> bool:
    """Without the fence: who was held up goes on as if nobody else could have had the message meanwhile."""
    rows = Message.objects.filter(pk=claimed.pk)
    marked = {"state": State.SENDING, "lease_until": Now() + LEASE, "finished_at": None}
    return rows.update(**marked, **rendered) == 1


def make_ready(messages: list[Message], **_: object) -> None:
    """The naive way: what a dead sender had on the line is sent once more."""
    pks = [message.pk for message in messages]
    Message.objects.filter(pk__in=pks).update(state=State.READY, lease_until=None)


SAFEGUARDS: dict[str, tuple[Any, str, Any]] = {
    "fence": (lastcheck, "mark_sending", mark_anyway),
    # The last check looks at the steps alone, and whoever completes one does not wait for the mark.
    "lock": (lastcheck, "LOCK_STEPS", lastcheck.LOCK_STEPS.replace("{lock}", "")),
    "unknown": (reaping, "_make_unknown", make_ready),
}


def take_out(name: str) -> None:
    """For the rest of this process's life."""
    module, function, instead = SAFEGUARDS[name]
    setattr(module, function, instead)
