"""Whether the steps of a walk concern its partner."""

from collections.abc import Sequence
from functools import cached_property

from playbooks.models import Enrollment
from playbooks.paths.answers import answers_of, never_asked
from playbooks.paths.conditions import Facts, concerns, condition_of, questions_in
from playbooks.paths.opening import Place


class Concerning:
    """Asked of one step after the other; what was answered is read by two queries, once it matters."""

    def __init__(self, enrollment: Enrollment, walk: Sequence[Place]) -> None:
        """``enrollment`` is read with its partner."""
        self.enrollment, self.walk = enrollment, walk

    def __call__(self, place: Place) -> bool:
        return concerns(condition_of(place.condition), self.facts)

    @cached_property
    def facts(self) -> Facts:
        partner = self.enrollment.partner
        questions = {question for place in self.walk for question in questions_in(place.condition)}
        answers = answers_of(self.enrollment.pk, questions)
        unknown = never_asked(self.enrollment.pk, questions, answers)
        return Facts(partner.size, partner.country, partner.vertical, answers, unknown)
