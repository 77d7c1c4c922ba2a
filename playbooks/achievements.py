"""What a partner has achieved, with the day: few moments, and each means something. Derived, and kept nowhere."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.places import zone
from playbooks.models import Enrollment, Progress
from playbooks.showing import Tally

FIRST_STEP = _("First step done")
HALF_WAY = _("Half of the way")
FIRST_ORDER = _("First order")
FINISHED = _("Walked the whole playbook")


@dataclass(frozen=True)
class Achievement:
    what: str | Promise
    day: date


def achievements_of(enrollments: Sequence[Any], tallies: Mapping[int, Tally]) -> dict[int, list[Achievement]]:
    """By enrollment, the first on top; these come ``with_first_order``. One query, however many there are."""
    if not enrollments:
        return {}
    found: dict[int, list[tuple[datetime, str | Promise]]] = defaultdict(list)
    for pk, at, number, is_first in _settled(enrollments, tallies):
        if is_first:
            found[pk].append((at, FIRST_STEP))
        if number > 1 and number == _half(tallies[pk]):
            found[pk].append((at, HALF_WAY))
    for each in enrollments:
        if each.first_order_on is not None:
            found[each.pk].append((datetime.combine(each.first_order_on, time(12), tzinfo=UTC), FIRST_ORDER))
        if each.state == Enrollment.State.FINISHED and each.ended_at is not None:
            found[each.pk].append((each.ended_at, FINISHED))
    return {each.pk: _in_order(each, found[each.pk]) for each in enrollments}


def _in_order(enrollment: Enrollment, moments: list[tuple[datetime, str | Promise]]) -> list[Achievement]:
    where = zone(enrollment.partner.time_zone or enrollment.vendor.time_zone)
    in_order = sorted(moments, key=lambda moment: moment[0])
    return [Achievement(what, at.astimezone(where).date()) for at, what in in_order]


def _half(tally: Tally) -> int:
    return (tally.total + 1) // 2


def _settled(enrollments: Sequence[Enrollment], tallies: Mapping[int, Tally]) -> list[tuple[int, datetime, int, bool]]:
    """Of each enrollment the first step that was done, and the one with which half of them were done or left out."""
    halves = {_half(tallies[each.pk]) for each in enrollments if each.pk in tallies}
    order = [F("settled_at"), F("position")]
    steps = Progress.objects.settled().filter(enrollment__in=[each.pk for each in enrollments])
    numbered = steps.annotate(
        number=Window(RowNumber(), partition_by=F("enrollment_id"), order_by=order),
        of_state=Window(RowNumber(), partition_by=[F("enrollment_id"), F("state")], order_by=order),
    ).filter(Q(number__in=halves) | Q(state=Progress.State.DONE, of_state=1))
    found = []
    for pk, at, number, state, of_state in numbered.values_list(
        "enrollment_id", "settled_at", "number", "state", "of_state"
    ):
        if at is not None:
            found.append((pk, at, number, state == Progress.State.DONE and of_state == 1))
    return found
