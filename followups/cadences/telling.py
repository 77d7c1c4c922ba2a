"""A rehearsal in words: who gets what, when, and why; and why not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from followups.cadences.rehearsing import Fate, Line, Rehearsal
from followups.cadences.saying import offset_in_words, way_in_words
from followups.engine.cadences import ANSWER, ASKED_FOR, STUCK, WELCOME, Timing
from followups.engine.facts import Due
from followups.engine.windows import is_open
from followups.models import FollowUp
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
    """These lines in words; one query, however many there are."""
    pks = [line.due.pk for line in lines if line.due.pk > 0]
    rows: dict[int, Any] = FollowUp.objects.of(vendor).select_related(*RELATED).in_bulk(pks)
    rows |= rehearsal.joining
    return [_told(line, rows[line.due.pk], rehearsal, vendor, language) for line in lines if line.due.pk in rows]


def _told(line: Line, followup: FollowUp, rehearsal: Rehearsal, vendor: Vendor, language: str) -> Told:
    return Told(
        at=line.at,
        company=followup.partner.company,
        partner_id=followup.partner_id,
        to=" · ".join(filter(None, [_name(followup), way_in_words(line.due.channel)])),
        step=followup.progress.step.title(language) if followup.progress else "",
        fate=str(line.fate.label),
        pill=PILLS[line.fate],
        why=why(line, vendor, is_new=line.due.pk in rehearsal.joining),
    )


def _name(followup: FollowUp) -> str:
    return followup.contact.name if followup.contact else str(followup.member)


def why(line: Line, vendor: Vendor, *, is_new: bool = False) -> list[str]:
    """Why it comes at all, what moved it, and what became of it."""
    said = [cause(line.due)]
    if is_new:
        said[0] = _("%(cause)s; a new touch") % {"cause": said[0]}
    said += filter(None, [_moved_into_hours(line, vendor)])
    for _reason, moves in groupby(line.moves, key=attrgetter("reason")):
        move = next(moves)  # what held it several times in a row is said once
        said.append(
            _("%(when)s: %(reason)s") % {"when": _moment(move.at), "reason": FollowUp.Reason(move.reason).label}
        )
    if line.fate in (Fate.CANCELLED, Fate.SUPPRESSED, Fate.MERGED):
        said.append(str(FollowUp.Reason(line.reason).label))
    return said


def cause(due: Due) -> str:
    if due.kind == WELCOME:
        return _("Welcome, because the partner was accepted")
    if due.kind == ANSWER:
        return _("The answer, because they were stuck")
    if due.kind == ASKED_FOR:
        return _("The partner asked for it")
    if due.kind == STUCK:
        return _("The partner is stuck")
    return offset_in_words(Timing(due.kind, due.offset, is_working=False))


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
