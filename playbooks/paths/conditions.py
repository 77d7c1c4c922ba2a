"""Whom a step concerns, as plain values: a short list of tests that all have to hold.

A test is about the partner's size, country or vertical, or about what was given for a field of an earlier step. What
nobody knows, or nobody answered, is in no list and contains nothing. But what nobody was asked for leaves no step out:
the quiz of a step that the vendor did for the partner, anything of a step that was skipped or that the vendor marked as
done, or of one that is not in this walk.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from operator import ge, gt, le, lt
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST_TESTS = 6
MOST_VALUES = 50
YES = "yes"  # what a tick says


class About(TextChoices):
    SIZE = "size", _("Size")
    COUNTRY = "country", _("Country")
    VERTICAL = "vertical", _("Vertical")
    ANSWER = "answer", _("Answer")


class How(TextChoices):
    IN = "in", _("is one of")
    NOT_IN = "not_in", _("is none of")
    CONTAINS = "contains", _("contains")
    OVER = "over", _("is over")
    UNDER = "under", _("is under")
    AT_LEAST = "at_least", _("is at least")
    AT_MOST = "at_most", _("is at most")
    FILLED = "filled", _("is filled in")


OF_LISTS = (How.IN, How.NOT_IN)
LIMITS: Mapping[str, Callable[[Any, Any], bool]] = {How.OVER: gt, How.UNDER: lt, How.AT_LEAST: ge, How.AT_MOST: le}
Question = tuple[str, str]  # the keys of a step and of what it asks for


@dataclass(frozen=True)
class Test:
    about: str
    how: str
    values: tuple[str, ...]
    step: str = ""
    field: str = ""

    __test__ = False  # pytest looks for classes of this name

    @property
    def question(self) -> Question:
        return self.step, self.field

    def as_json(self) -> dict[str, Any]:
        asked = {"step": self.step, "field": self.field} if self.about == About.ANSWER else {}
        return {"about": str(self.about), **asked, "how": str(self.how), "values": list(self.values)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Test":
        asked = (stored.get("step", ""), stored.get("field", ""))
        return cls(stored["about"], stored["how"], tuple(stored["values"]), *asked)


@dataclass(frozen=True)
class Facts:
    """What is known of a partner. An answer may be said in several ways: a choice of two, or in two languages."""

    size: str = ""
    country: str = ""
    vertical: str = ""
    answers: Mapping[Question, Sequence[str]] = field(default_factory=dict)
    never_asked: Collection[Question] = frozenset()

    def cannot_tell(self, test: Test) -> bool:
        return test.about == About.ANSWER and test.question in self.never_asked

    def said(self, test: Test) -> Sequence[str]:
        if test.about == About.ANSWER:
            return self.answers.get(test.question, ())
        known = getattr(self, test.about)
        return (known,) if known else ()


def condition_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Test, ...]:
    return tuple(map(Test.from_json, stored))


def questions_in(stored: Iterable[Mapping[str, Any]]) -> list[Question]:
    """What the tests of a column ask for of earlier steps."""
    return [test.question for test in condition_of(stored) if test.about == About.ANSWER]


def concerns(tests: Iterable[Test], facts: Facts) -> bool:
    return all(facts.cannot_tell(test) or _holds(test, facts.said(test)) for test in tests)


def speak_against(tests: Iterable[Test], facts: Facts, *, is_answered: Callable[[str], bool]) -> bool:
    """Whether one of them fails already, whatever comes until the step's time.

    A profile that says nothing may still be filled in. An answer counts once its step is over, which ``is_answered``
    says by the step's key.
    """

    def is_known(test: Test) -> bool:
        return is_answered(test.step) if test.about == About.ANSWER else bool(facts.said(test))

    return not concerns(filter(is_known, tests), facts)


def _holds(test: Test, said: Sequence[str]) -> bool:
    match test.how:
        case How.IN:
            return any(same(each, value) for each in said for value in test.values)
        case How.NOT_IN:
            return not any(same(each, value) for each in said for value in test.values)
        case How.CONTAINS:
            return any(value.casefold() in each.casefold() for each in said for value in test.values)
        case How.FILLED:
            return any(each.strip() for each in said)
        case _:
            return any(_compared(each, test.values, LIMITS[test.how]) for each in said)


def _compared(said: str, values: Sequence[str], is_so: Callable[[Any, Any], bool]) -> bool:
    """Numbers as such, and days as ISO 8601 writes them."""
    for value in values:
        mine, limit = number(said), number(value)
        if mine is not None and limit is not None:
            return is_so(mine, limit)
        if mine is None and limit is None:
            return is_so(said, value)
    return False


def same(one: str, other: str) -> bool:
    if one.strip().casefold() == other.strip().casefold():
        return True
    left, right = number(one), number(other)
    return left is not None and left == right


def number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
