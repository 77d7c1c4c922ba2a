"""A rehearsal in words: who gets what, when, and why; and why not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import prefetch_related_objects
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from followups.cadences.rehearsing import Fate, Line, Rehearsal
from followups.cadences.saying import Titles, offset_in_words, way_in_words, with_level
from followups.engine.cadences import ANSWER, ASKED_FOR, CONFIDENCE, STUCK, WELCOME, Rule, Timing
from followups.engine.facts import Due, Facts
from followups.engine.levels import Level
from followups.models import FollowUp
from partners.hours import is_open
from partners.models import Vendor

PILLS = {
    Fate.SENT: "",
    Fate.MERGED: "",
    Fate.LATER: "fl-pill-quiet",
    Fate.SUPPRESSED: "fl-pill-warn",
    Fate.CANCELLED: "fl-pill-quiet",
}
RELATED = ("partner", "contact", "member__user", "enrollment__version", "progress__step__stage")


@dataclass(frozen=True)
class Told:
    """One follow-up's line, in finished words."""

    at: datetime
    company: str
    partner_id: int | None
    to: str
    step: str
    fate: str
    pill: str
    why: list[str]


def tell(lines: Sequence[Line], rehearsal: Rehearsal, *, vendor: Vendor, language: str) -> list[Told]:
    """These lines in words; one query, however many there are, and two for those that are not planned yet."""
    pks = [line.due.pk for line in lines if line.due.pk > 0]
    rows: dict[int, Any] = FollowUp.objects.of(vendor).select_related(*RELATED).in_bulk(pks)
    new = {line.due.pk: rehearsal.joining[line.due.pk] for line in lines if line.due.pk in rehearsal.joining}
    steps = [followup.progress for followup in new.values() if followup.progress is not None]
    prefetch_related_objects(steps, "step__stage", "enrollment__version")
    rows |= new
    return [_told(line, rows[line.due.pk], rehearsal, vendor, language) for line in lines if line.due.pk in rows]


def _told(line: Line, followup: FollowUp, rehearsal: Rehearsal, vendor: Vendor, language: str) -> Told:
    version = followup.enrollment.version if followup.enrollment is not None else None
    titles = Titles.of(version, followup.progress.step if followup.progress is not None else None, language)
    return Told(
        at=line.at,
        company=followup.partner.company,
        partner_id=followup.partner_id,
        to=" · ".join(filter(None, [_name(followup), way_in_words(line.due.channel)])),
        step=followup.progress.step.title(language) if followup.progress else "",
        fate=str(line.fate.label),
        pill=PILLS[line.fate],
        why=why(line, _planned_by(line.due, rehearsal), vendor, titles, is_new=line.due.pk in rehearsal.joining),
    )


def _name(followup: FollowUp) -> str:
    return followup.contact.name if followup.contact else str(followup.member)


class PlannedBy(NamedTuple):
    """The touch that a follow-up is of, and whose; none for what no cadence plans."""

    rule: Rule | None
    level: Level


def planned_by(due: Due, facts: Facts) -> PlannedBy:
    place = facts.place(due)
    cadences = facts.cadences
    return PlannedBy(cadences.rule(due.vendor_id, place, due.kind), cadences.level(due.vendor_id, place))


def _planned_by(due: Due, rehearsal: Rehearsal) -> PlannedBy:
    """By what is rehearsed; a touch that would be gone by what is in force."""
    found = planned_by(due, rehearsal.facts)
    return found if found.rule is not None else planned_by(due, replace(rehearsal.facts, cadences=rehearsal.before))


def why(line: Line, by: PlannedBy, vendor: Vendor, titles: Titles, *, is_new: bool = False) -> list[str]:
    """Why it comes at all, what moved it, and what became of it."""
    said = [cause(line.due, by, titles)]
    if is_new:
        said[0] = _("%(cause)s; a new touch") % {"cause": said[0]}
    if by.rule is None or not by.rule.timing.is_working:  # hours that are counted while it is open end while it is
        said += filter(None, [_moved_into_hours(line, vendor)])
    for _reason, moves in groupby(line.moves, key=attrgetter("reason")):
        move = next(moves)  # what held it several times in a row is said once
        said.append(
            _("%(when)s: %(reason)s") % {"when": _moment(move.at), "reason": FollowUp.Reason(move.reason).label}
        )
    if line.fate in (Fate.CANCELLED, Fate.SUPPRESSED, Fate.MERGED):
        said.append(str(FollowUp.Reason(line.reason).label))
    return said


def cause(due: Due, by: PlannedBy, titles: Titles) -> str:
    if due.kind == WELCOME:
        return _("Welcome, because the partner was accepted")
    if due.kind == ANSWER:
        return _("The answer, because they were stuck")
    if due.kind == CONFIDENCE:
        return _("The question how sure they are")
    if due.kind == ASKED_FOR:
        return _("The partner asked for it")
    if due.kind == STUCK:
        return _("The partner is stuck")
    is_working = by.rule is not None and by.rule.timing.is_working
    words = offset_in_words(Timing(due.kind, due.offset, is_working=is_working))
    return with_level(words, by.level, titles) if by.rule is not None else words


def _moved_into_hours(line: Line, vendor: Vendor) -> str:
    """Planning moves a touch into its reader's hours from the start; said where that made a difference."""
    due = line.due
    on_the_clock = due.anchor_at + due.offset
    if line.moves or line.at - on_the_clock < timedelta(minutes=1) or is_open(on_the_clock, due.hours_in(vendor)):
        return ""
    return _("That would be %(when)s, outside their working hours") % {"when": _moment(on_the_clock)}


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    day = f"{formats.date_format(local, 'D')} {formats.date_format(local, 'SHORT_DATE_FORMAT')}"
    return f"{day} {formats.time_format(local, 'TIME_FORMAT')}"


def by_day(told: Iterable[Told]) -> list[tuple[Any, list[Told]]]:
    return [(day, list(same)) for day, same in groupby(told, key=lambda one: timezone.localdate(one.at))]
