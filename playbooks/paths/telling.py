"""When a step comes, in words for its author."""

from collections.abc import Iterable, Mapping

from django.utils.text import get_text_list
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from partners.countries import country_name
from partners.models import Partner
from playbooks.models import Step
from playbooks.paths.conditions import About, How, Test, condition_of, questions_in
from playbooks.texts import text_in


def told(step: Step, language: str) -> list[str]:
    """Empty for a step that simply comes in its order. One query, or none."""
    return [*_needs(step, language), *_condition(step, language)]


def _needs(step: Step, language: str) -> list[str]:
    if not step.needs:
        return []
    titles = _titles(step, step.needs, language)
    quoted = [_("“%(title)s”") % {"title": titles.get(key, key)} for key in step.needs]
    return [_("It needs %(steps)s.") % {"steps": get_text_list(quoted, _("and"))}]


def _condition(step: Step, language: str) -> list[str]:
    if not step.condition:
        return []
    titles = _titles(step, [asked for asked, _field in questions_in(step.condition)], language)
    tests = (in_words(test, titles=titles) for test in condition_of(step.condition))
    return [_("It is for some alone: %(test)s.") % {"test": test} for test in tests]


def _titles(step: Step, keys: Iterable[str], language: str) -> dict[str, str]:
    rows = Step.objects.filter(version=step.version_id, key__in=list(keys)).values_list("key", "texts")
    return {key: text_in(texts, "title", language) or key for key, texts in rows}


def in_words(test: Test, *, titles: Mapping[str, str]) -> str:
    """“Country is one of Germany, Austria”; ``titles`` are those of the steps, by their keys."""
    values = ", ".join(_value(test.about, value) for value in test.values)
    return f"{_subject(test, titles)} {How(test.how).label} {values}"


def _subject(test: Test, titles: Mapping[str, str]) -> str:
    if test.about != About.ANSWER:
        return str(About(test.about).label)
    words = {"field": test.field, "step": titles.get(test.step, test.step)}
    return pgettext("an answer of a step", "“%(field)s” of “%(step)s”") % words


def _value(about: str, value: str) -> str:
    if about == About.SIZE and value in Partner.Size.values:
        return str(Partner.Size(value).label)
    return country_name(value, get_language() or "en") if about == About.COUNTRY else value
