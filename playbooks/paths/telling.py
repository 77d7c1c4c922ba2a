"""When a step comes, in words for its author."""

from collections.abc import Iterable, Mapping

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from partners.countries import country_name
from partners.models import Partner
from playbooks.models import Step
from playbooks.paths.conditions import OF_LISTS, About, How, Test, condition_of, questions_in
from playbooks.paths.due import Due, Since, Unit, due_of
from playbooks.texts import text_in


def told(step: Step, language: str) -> list[str]:
    """Empty for a step that simply comes in its order. One query, or none."""
    return [*_needs(step, language), *_condition(step, language), *_due(step, language)]


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


def _due(step: Step, language: str) -> list[str]:
    due = due_of(step.due)
    if due is None:
        return []
    said = due_in_words(due, titles=_titles(step, [due.step], language) if due.step else {})
    return [_("It is wanted %(due)s.") % {"due": said}]


def due_in_words(due: Due, *, titles: Mapping[str, str]) -> str:
    """“within 2 working days after the start”; ``titles`` are those of the steps, by their keys."""
    if due.since == Since.DATE:
        day = date_format(due.day, "DATE_FORMAT") if due.day else ""
        said = (
            _("by the end of %(day)s, or of the last working day before it")
            if due.is_working
            else _("by the end of %(day)s")
        )
        return said % {"day": day}
    words = {"amount": _amount(due), "step": titles.get(due.step, due.step)}
    if due.since == Since.START:
        return _("within %(amount)s after the start") % words
    return _("within %(amount)s after “%(step)s”") % words


def _amount(due: Due) -> str:
    if due.unit == Unit.HOURS and due.is_working:
        said = ngettext("%(count)d working hour", "%(count)d working hours", due.amount)
    elif due.unit == Unit.HOURS:
        said = ngettext("%(count)d hour by the clock", "%(count)d hours by the clock", due.amount)
    elif due.is_working:
        said = ngettext("%(count)d working day", "%(count)d working days", due.amount)
    else:
        said = ngettext("%(count)d day by the calendar", "%(count)d days by the calendar", due.amount)
    return said % {"count": due.amount}


def _titles(step: Step, keys: Iterable[str], language: str) -> dict[str, str]:
    rows = Step.objects.filter(version=step.version_id, key__in=list(keys)).values_list("key", "texts")
    return {key: text_in(texts, "title", language) or key for key, texts in rows}


def in_words(test: Test, *, titles: Mapping[str, str]) -> str:
    """“Country is “Germany” or “Austria””; ``titles`` are those of the steps, by their keys."""
    subject = _subject(test, titles)
    if test.how in OF_LISTS:
        said = _("%(subject)s is %(values)s") if test.how == How.IN else _("%(subject)s is not %(values)s")
        quoted = [_("“%(title)s”") % {"title": _value(test.about, value)} for value in test.values]
        return said % {"subject": subject, "values": get_text_list(quoted, _("or"))}
    said = f"{subject} {How(test.how).label}"
    return said if test.how == How.FILLED else f"{said} {', '.join(_value(test.about, value) for value in test.values)}"


def _subject(test: Test, titles: Mapping[str, str]) -> str:
    if test.about != About.ANSWER:
        return str(About(test.about).label)
    words = {"field": test.field, "step": titles.get(test.step, test.step)}
    return pgettext("an answer of a step", "“%(field)s” of “%(step)s”") % words


def _value(about: str, value: str) -> str:
    if about == About.SIZE and value in Partner.Size.values:
        return str(Partner.Size(value).label)
    return country_name(value, get_language() or "en") if about == About.COUNTRY else value
