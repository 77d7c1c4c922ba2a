"""What is known of the partners of walks, for the conditions of their steps."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from playbooks.models import Enrollment, Progress
from playbooks.paths.answers import Answers, answers_of, never_given
from playbooks.paths.conditions import Facts, Question, concerns, condition_of, questions_in
from playbooks.paths.opening import Place, cannot_come

State = Progress.State


class Concerning:
    """Asked of one step after the other of a walk; what was answered is read by two queries, once it matters."""

    def __init__(self, enrollment: Enrollment, walk: Sequence[Place]) -> None:
        """``enrollment`` is read with its partner."""
        self.enrollment, self.walk = enrollment, walk

    def __call__(self, place: Place) -> bool:
        return concerns(condition_of(place.condition), self.facts)

    @cached_property
    def facts(self) -> Facts:
        partner = self.enrollment.partner
        known = {self.enrollment.pk: Facts(partner.size, partner.country, partner.vertical)}
        return facts_of({self.enrollment.pk: self.walk}, known)[self.enrollment.pk]

    def out_of_reach(self) -> set[int]:
        """The steps to come that are sure not to."""
        is_asked = any(place.condition and place.state == State.LOCKED for place in self.walk)
        return cannot_come(self.walk, self.facts) if is_asked else set()


def facts_of(walks: Mapping[int, Sequence[Place]], profiles: Mapping[int, Facts]) -> dict[int, Facts]:
    """By the walk; ``profiles`` is what is known of the partners. Two queries at most, however many walks."""
    by_key = {pk: {place.key: place for place in walk} for pk, walk in walks.items()}
    asked = {pk: _asked(walk) for pk, walk in walks.items()}
    over = {pk: {each for each in asked[pk] if _is_over(by_key[pk].get(each[0]))} for pk in walks}
    answers = answers_of(over)
    done = never_given({pk: open_still for pk in walks if (open_still := _unanswered(pk, over[pk], answers))})

    def was_not_asked(pk: int, question: Question) -> bool:
        place = by_key[pk].get(question[0])
        if question in answers[pk]:
            return False
        if place is None or (place.state == State.SKIPPED and not place.is_left_out):
            return True
        return (pk, question) in done

    return {
        pk: Facts(
            profiles[pk].size,
            profiles[pk].country,
            profiles[pk].vertical,
            answers[pk],
            frozenset(question for question in asked[pk] if was_not_asked(pk, question)),
        )
        for pk in walks
    }


def _asked(walk: Sequence[Place]) -> set[Question]:
    """By the conditions of what is to come."""
    to_come = (place for place in walk if place.state == State.LOCKED)
    return {question for place in to_come for question in questions_in(place.condition)}


def _is_over(place: Place | None) -> bool:
    return place is not None and place.is_settled and not place.is_left_out


def _unanswered(walk: int, questions: set[Question], answers: Answers) -> set[Question]:
    return {question for question in questions if question not in answers[walk]}
