"""The rules of a walk, apart from the database: which step opens next, and which one is left out.

One step comes at a time, in the order of the playbook. Where everything in play is on somebody else's turn, the first
step that names what it needs, and has it, opens beside, so that a partner who waits still has something to do. A step
whose needs are not settled is passed by until they are. What a walk does not have, it need not wait for. A step that
does not concern the partner when its time comes is left out; as soon as that is sure, it is not counted any more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playbooks.models import Progress
from playbooks.models.step import Turn
from playbooks.paths.conditions import Facts, condition_of, questions_in, speak_against

State = Progress.State


@dataclass
class Place:
    """One step of a walk, as far as the rules look at it; ``pk`` is whatever tells it apart for the caller."""

    pk: int
    key: str
    who: str
    needs: Sequence[str] = ()
    condition: Sequence[Mapping[str, Any]] = ()  # as the step's column has it
    state: str = State.LOCKED
    turn: str = ""
    is_left_out: bool = False  # of a step to come: as things stand, and it counts no more

    @property
    def waits_for(self) -> list[str]:
        """Keys of steps: what it needs, and those whose answers say whom it concerns."""
        return [*self.needs, *(step for step, _field in questions_in(self.condition))]

    @property
    def is_settled(self) -> bool:
        return self.state in Progress.SETTLED

    @property
    def is_in_play(self) -> bool:
        return self.state in Progress.IN_PLAY


def open_in_turn(
    walk: Sequence[Place], *, turn_of: Callable[[str], str], concerns: Callable[[Place], bool]
) -> list[Place]:
    """Those that open or are left out now, in the order in which they do; ``walk`` is changed accordingly.

    ``turn_of`` says whose turn a step is that belongs to a ``who``; ``concerns`` whether one with a condition concerns
    the partner, and is asked once its time has come. With nothing in play afterwards, the walk is over.
    """
    by_key = {place.key: place for place in walk}
    moved: list[Place] = []
    while (following := _following(walk, by_key)) is not None:
        if following.condition and not concerns(following):
            following.state, following.is_left_out = State.SKIPPED, True
        else:
            following.state, following.turn = State.OPEN, turn_of(following.who)
            following.is_left_out = False
        moved.append(following)
    return moved


def cannot_come(walk: Iterable[Place], facts: Facts) -> set[int]:
    """Which of the steps to come do not concern the partner as things stand, by their ``pk``.

    What a step asks that cannot come itself is not answered.
    """
    by_key: dict[str, Place] = {}
    found: set[int] = set()

    def is_answered(key: str) -> bool:
        asked = by_key.get(key)
        return asked is not None and (asked.is_settled or asked.pk in found)

    for place in walk:  # a condition asks of steps before it
        tests = condition_of(place.condition) if place.state == State.LOCKED else ()
        if speak_against(tests, facts, is_answered=is_answered):
            found.add(place.pk)
        by_key[place.key] = place
    return found


def _following(walk: Sequence[Place], by_key: Mapping[str, Place]) -> Place | None:
    in_play = [place for place in walk if place.is_in_play]
    # Who is stuck gets an answer first, rather than one more thing to be stuck in.
    if any(place.turn == Turn.PARTNER or place.state == State.STUCK for place in in_play):
        return None
    locked = [place for place in walk if place.state == State.LOCKED]
    ready = (place for place in locked if _has_its_needs(place, by_key) and (place.needs or not in_play))
    # A circle cannot be published; should versions have been mixed into one, the walk goes on all the same.
    return next(ready, None if in_play else next(iter(locked), None))


def _has_its_needs(place: Place, by_key: Mapping[str, Place]) -> bool:
    return all(by_key[key].is_settled for key in place.waits_for if key in by_key)
