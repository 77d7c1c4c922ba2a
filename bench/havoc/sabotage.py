"""Negative controls: a worker without one of the safeguards, so that the run can be seen to fail.

It is done to the worker's own memory, by the worker itself; the engine has no such switches.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models.functions import Now

from followups.engine import deciding, lastcheck, reaping
from followups.engine.claiming import LEASE, Claim
from followups.engine.facts import Due
from followups.engine.gathering import read_due
from followups.models import FollowUp, Message

State = Message.State


def hold_anyway(claims: Collection[Claim]) -> set[Claim]:
    """Without the fence: who was held up goes on as if nobody else could have had the message meanwhile."""
    return set(claims)


def mark_anyway(held: Collection[tuple[Claim, Message]]) -> set[Claim]:
    for claimed, message in held:
        said = {"subject": message.subject, "text": message.text, "html": message.html, "headers": message.headers}
        marked = {"state": State.SENDING, "lease_until": Now() + LEASE, "finished_at": None}
        Message.objects.filter(pk=claimed.pk).update(**marked, **said)
    return {claimed for claimed, _ in held}


def make_ready(messages: list[Message], **_: object) -> None:
    """The naive way: what a dead sender had on the line is sent once more."""
    pks = [message.pk for message in messages]
    Message.objects.filter(pk__in=pks).update(state=State.READY, lease_until=None)


def take_anyway(*, now: datetime, limit: int, only: int | None = None) -> list[Due]:
    """Without the lock on the rows that fell due: others decide them too, and their steps are done meanwhile."""
    due = FollowUp.objects.due(now=now).order_by("due_at", "pk")
    if only is not None:
        due = due.filter(pk=only)
    return read_due(list(due.values_list("pk", flat=True)[:limit]))


# What each of them is made of: a module, the name of something in it, and what stands there instead.
SAFEGUARDS: dict[str, list[tuple[Any, str, Any]]] = {
    "fence": [(lastcheck, "hold", hold_anyway), (lastcheck, "mark_sending", mark_anyway)],
    # The last check looks at the steps alone, and whoever completes one does not wait for the mark.
    "lock": [(lastcheck, "LOCK_STEPS", lastcheck.LOCK_STEPS.replace("{lock}", ""))],
    "claim": [(deciding, "_claim_due", take_anyway)],
    "unknown": [(reaping, "_make_unknown", make_ready)],
}


def take_out(name: str) -> None:
    """For the rest of this process's life."""
    for module, part, instead in SAFEGUARDS[name]:
        setattr(module, part, instead)
