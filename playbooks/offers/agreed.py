"""What was agreed about a step that is done for a partner, and what follows from it; read from its moves."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from playbooks.models import Handover, HandoverMove

State = Handover.State
TAKES_BACK: Final = (State.REQUESTED, State.ACCEPTED)


def moved_from(handover: Handover, moves: Iterable[HandoverMove]) -> date | None:
    """The day that was agreed upon, where it is scheduled for a later one. ``moves`` are all of them, in order."""
    if handover.state != State.SCHEDULED or handover.ready_on is None:
        return None
    agreed = [move.ready_on for move in moves if move.state in (State.ACCEPTED, State.RETURNED)]
    if not agreed or agreed[-1] is None:
        return None
    return agreed[-1] if agreed[-1] < handover.ready_on else None


def may_take_back(handover: Handover, moves: Iterable[HandoverMove]) -> bool:
    """What is scheduled has cost somebody time, but who is kept waiting longer than agreed is not bound by that."""
    if handover.state in TAKES_BACK:
        return True
    found = list(moves)
    was_delivered = any(move.state == State.DELIVERED for move in found)
    return moved_from(handover, found) is not None and not was_delivered


def price_seen(handover: Handover) -> str:
    """What a partner says yes to, in a few letters."""
    return f"{handover.amount}{handover.currency} {handover.ready_on}"
