"""Dates that cannot be met, in plain words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.models import Vendor
from playbooks.models import PlaybookVersion, Step
from playbooks.paths.conditions import questions_in
from playbooks.paths.due import Due, Since, Unit, due_of

MINUTES_OF_A_DAY = 24 * 60


def late_faults(
    step: Step, by_key: Mapping[str, Step], language: str, *, version: PlaybookVersion, today: date | None
) -> Iterator[str]:
    """What is wrong, without the subject. Without ``today`` no date counts as past."""
    due, vendor = due_of(step.due), version.playbook.vendor
    if due is None:
        return
    if due.since == Since.STEP:
        yield from _counts_from(step, due, by_key, language)
    if due.since == Since.DATE and due.day and today is not None and due.day < today:
        message = _("it is wanted by %(day)s, which is over. Choose a date to come.")
        yield message % {"day": date_format(due.day, "DATE_FORMAT")}
    before = list(_before(step, by_key))
    yield from _earlier_than_what_it_needs(due, before, language, vendor)
    has = _minutes(due, vendor)
    needs = sum(each.minutes for each in (*before, step))
    if due.since == Since.START and has is not None and has < needs:
        message = _("it is wanted %(has)d minutes of that time after the start, and what it needs takes %(needs)d.")
        yield message % {"has": has, "needs": needs}


def _counts_from(step: Step, due: Due, by_key: Mapping[str, Step], language: str) -> Iterator[str]:
    other = by_key.get(due.step)
    if other is None:
        yield _("by when it is wanted counts from a step that is not there (%(step)s).") % {"step": due.step}
    elif other.position >= step.position:
        message = _("by when it is wanted counts from “%(other)s”, which does not come before it.")
        yield message % {"other": other.title(language)}


def _before(step: Step, by_key: Mapping[str, Step]) -> Iterator[Step]:
    """What has to be settled before it: what it names, and what that names."""
    seen, found = {step.key}, list(_waited_for(step))
    while found:
        key = found.pop()
        if key in by_key and key not in seen:
            seen.add(key)
            yield by_key[key]
            found += _waited_for(by_key[key])


def _waited_for(step: Step) -> Sequence[str]:
    return [*step.needs, *(asked for asked, _field in questions_in(step.condition))]


def _earlier_than_what_it_needs(due: Due, before: Sequence[Step], language: str, vendor: Vendor) -> Iterator[str]:
    for other in before:
        theirs = due_of(other.due)
        if theirs is None or theirs.since != due.since or theirs.is_working != due.is_working:
            continue
        mine_ends, theirs_end = _end(due, vendor), _end(theirs, vendor)
        if due.since != Since.STEP and mine_ends is not None and theirs_end is not None and mine_ends < theirs_end:
            message = _("it is wanted before “%(other)s” is, which it needs. Give it more time.")
            yield message % {"other": other.title(language)}


def _end(due: Due, vendor: Vendor) -> int | None:
    """Something to compare two of the same beginning by."""
    return due.day.toordinal() if due.since == Since.DATE and due.day else _minutes(due, vendor)


def _minutes(due: Due, vendor: Vendor) -> int | None:
    """How many minutes of its kind of time there are at most until then."""
    if due.since == Since.DATE:
        return None
    if due.unit == Unit.HOURS:
        return due.amount * 60
    whole = MINUTES_OF_A_DAY
    if due.is_working:
        some_day = date(2026, 1, 5)
        starts, ends = (datetime.combine(some_day, at) for at in (vendor.day_starts, vendor.day_ends))
        whole = (ends - starts) // timedelta(minutes=1)
    return (due.amount + 1) * whole  # the day on which it begins counts as well
