"""Tests that nobody passes: about what is not asked, against each other, or for an answer that cannot be given."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import groupby

from django.utils.translation import gettext as _

from partners.countries import country_codes
from partners.models import Partner
from playbooks.evidence.fields import Asked, Field, Kind
from playbooks.models import Step
from playbooks.models.step import Turn
from playbooks.paths.conditions import LIMITS, OF_LISTS, YES, About, Facts, How, Test, concerns, number, same

# What can be asked of what is given for a field.
ASKABLE: Mapping[str, tuple[str, ...]] = {
    Kind.TICK: OF_LISTS,
    Kind.TEXT: (How.IN, How.NOT_IN, How.CONTAINS, How.FILLED),
    Kind.LINK: (How.IN, How.NOT_IN, How.CONTAINS, How.FILLED),
    Kind.QUESTION: (How.IN, How.NOT_IN, How.CONTAINS),
    Kind.NUMBER: (How.IN, How.NOT_IN, *LIMITS),
    Kind.DATE: (How.IN, How.NOT_IN, *LIMITS),
}


def faults(step: Step, tests: Sequence[Test], by_key: Mapping[str, Step], language: str) -> Iterator[str]:
    """What is wrong, without the subject: "it asks …"."""
    wrong = [(test, _fault(step, test, by_key, language)) for test in tests]
    yield from (said for _test, said in wrong if said)
    sound = [test for test, said in wrong if not said]
    by_subject: dict[tuple[str, str, str], list[Test]] = defaultdict(list)
    for test in sound:
        by_subject[test.about, *test.question].append(test)
    for together in by_subject.values():
        if _contradict(together, _field(together[0], by_key)):
            yield _("it is for nobody: what it asks about %(subject)s cannot all be so.") % {
                "subject": subject(together[0], by_key, language)
            }


def subject(test: Test, by_key: Mapping[str, Step], language: str) -> str:
    """What a test is about, in words."""
    if test.about != About.ANSWER:
        return {
            About.SIZE: _("the size"),
            About.COUNTRY: _("the country"),
            About.VERTICAL: _("the vertical"),
        }[About(test.about)]
    field = _field(test, by_key)
    return _("“%(field)s”") % {"field": field.label(language) if field else test.field}


def _field(test: Test, by_key: Mapping[str, Step]) -> Field | None:
    asked = by_key.get(test.step) if test.about == About.ANSWER else None
    return next((each for each in Asked.of(asked).fields if each.key == test.field), None) if asked else None


def _fault(step: Step, test: Test, by_key: Mapping[str, Step], language: str) -> str:
    if test.about != About.ANSWER:
        unknown = [value for value in test.values if not _is_known(test.about, value)]
        words = {"value": ", ".join(unknown), "subject": subject(test, by_key, language)}
        return _("it asks about %(subject)s for what there is not: %(value)s.") % words if unknown else ""
    asked, field = by_key.get(test.step), _field(test, by_key)
    if asked is None:
        return _("it asks about an answer of a step that is not there (%(step)s).") % {"step": test.step}
    title = {"asked": asked.title(language)}
    if field is None or asked.who == Turn.VENDOR:
        return _("it asks about an answer (%(field)s) that “%(asked)s” does not ask for.") % {
            **title,
            "field": test.field,
        }
    if asked.position >= step.position:
        return _("it asks about an answer of “%(asked)s”, which comes later.") % title
    return _answer_fault(test, field, language)


def _is_known(about: str, value: str) -> bool:
    if about == About.SIZE:
        return value in Partner.Size.values
    return about != About.COUNTRY or value in country_codes()


def _answer_fault(test: Test, field: Field, language: str) -> str:
    words = {"field": field.label(language)}
    if test.how not in ASKABLE.get(field.kind, ()):
        return _("“%(field)s” cannot be asked about like that.") % words
    cannot = [value for value in test.values if test.how == How.IN and not _can_be(field, value)]
    if len(cannot) == len(test.values):
        return _("nobody can answer “%(field)s” with: %(value)s.") % {**words, "value": ", ".join(cannot)}
    if test.how not in LIMITS:
        return ""
    limit = _limit(test, field)
    if limit is None:
        message = _("“%(field)s” cannot be compared with “%(value)s”.")
        return message % {**words, "value": test.values[0]}
    if not _is_within(test.how, limit, field):
        return _("no answer to “%(field)s” can be that high or that low.") % words
    return ""


def _can_be(field: Field, value: str) -> bool:
    if field.kind == Kind.TICK:
        return same(value, YES)
    if field.kind == Kind.NUMBER:
        given = number(value)
        above = field.least is None or (given is not None and given >= field.least)
        return given is not None and above and (field.most is None or given <= field.most)
    if field.kind == Kind.QUESTION:
        return any(same(value, text) for option in field.options for text in _texts(option.texts))
    return True


def _texts(texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    return (words["text"] for words in texts.values() if words.get("text"))


def _is_within(how: str, limit: Decimal, field: Field) -> bool:
    bound = field.most if how in (How.OVER, How.AT_LEAST) else field.least
    return bound is None or LIMITS[how](bound, limit)


def _contradict(tests: Iterable[Test], field: Field | None) -> bool:
    """Whether no one value passes all of these; several answers of one question may."""
    by_how = {how: list(group) for how, group in groupby(sorted(tests, key=lambda test: test.how), lambda t: t.how)}
    limits = {how: [_limit(test, field) or Decimal(0) for test in by_how.get(how, ())] for how in LIMITS}
    grain = _grain(field)
    over = [*limits[How.OVER], *(_to(grain, limit, ROUND_CEILING) - grain for limit in limits[How.AT_LEAST])]
    under = [*limits[How.UNDER], *(_to(grain, limit, ROUND_FLOOR) + grain for limit in limits[How.AT_MOST])]
    if over and under and not _to(grain, max(over), ROUND_FLOOR) + grain < min(under):
        return True
    wanted = by_how.get(How.IN, [])
    if not wanted or (field is not None and field.kind == Kind.QUESTION):
        return False
    others = [test for tests_of in by_how.values() for test in tests_of if test is not wanted[0]]
    return not any(all(_passes(value, test) for test in others) for value in wanted[0].values)


def _limit(test: Test, field: Field | None) -> Decimal | None:
    """A day counts as its number."""
    if field is None or field.kind != Kind.DATE:
        return number(test.values[0])
    try:
        return Decimal(date.fromisoformat(test.values[0]).toordinal())
    except ValueError:
        return None


def _grain(field: Field | None) -> Decimal:
    """Between what the field takes: whole numbers, those with its decimals, or days."""
    return Decimal(1).scaleb(-field.decimals) if field is not None else Decimal(1)


def _to(grain: Decimal, limit: Decimal, rounding: str) -> Decimal:
    return (limit / grain).to_integral_value(rounding) * grain


def _passes(value: str, test: Test) -> bool:
    fact = {test.about: value} if test.about != About.ANSWER else {"answers": {test.question: [value]}}
    return concerns([test], Facts(**fact))
