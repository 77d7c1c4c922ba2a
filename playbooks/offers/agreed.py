"""What was agreed about a step that is done for a partner, and what follows from it; read from its moves."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from partners.working_days import day_of, end_of, working_days_after
from playbooks.models import Handover, HandoverMove

State = Handover.State
QUOTE_WITHIN: Final = 1  # working days in which a vendor answers who asked for a quote
AGREED: Final = (State.ACCEPTED, State.SCHEDULED, State.RETURNED)
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


def due_at(handover: Handover, state: str, *, now: datetime) -> datetime | None:
    """By when the vendor owes the next move; None where it is not theirs."""
    vendor = handover.vendor
    if state == State.REQUESTED:
        return end_of(vendor, working_days_after(vendor, day_of(vendor, now), days=QUOTE_WITHIN))
    if state in AGREED and handover.ready_on is not None:
        return end_of(vendor, handover.ready_on)
    return None
