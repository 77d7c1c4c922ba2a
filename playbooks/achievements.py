"""What a partner has achieved, with the day: few moments, and each means something. Derived, and kept nowhere."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.places import zone
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Achieves
from playbooks.showing import Tally

FIRST_STEP = _("First step done")
FIRST_CLIENT = _("First client chosen")
FIRST_CAMPAIGN = _("First campaign sent")
HALF_WAY = _("Half of the way")
FIRST_ORDER = _("First order")
FINISHED = _("Walked the whole playbook")


MARKED = {Achieves.FIRST_CLIENT.value: FIRST_CLIENT, Achieves.FIRST_CAMPAIGN.value: FIRST_CAMPAIGN}


@dataclass(frozen=True)
class Achievement:
    what: str | Promise
    day: date


def achievements_of(enrollments: Sequence[Any], tallies: Mapping[int, Tally]) -> dict[int, list[Achievement]]:
    """By enrollment, the first on top; these come ``with_first_order``. One query, however many there are."""
    if not enrollments:
        return {}
    found: dict[int, list[tuple[datetime, str | Promise]]] = defaultdict(list)
    marked: set[tuple[int, str]] = set()
    for each in _settled(enrollments, tallies):
        if each.is_first:
            found[each.enrollment].append((each.at, FIRST_STEP))
        if each.number > 1 and each.number == _half(tallies[each.enrollment]):
            found[each.enrollment].append((each.at, HALF_WAY))
        if each.achieves and (each.enrollment, each.achieves) not in marked:
            marked.add((each.enrollment, each.achieves))
            found[each.enrollment].append((each.at, MARKED[each.achieves]))
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


@dataclass(frozen=True)
class _Settled:
    enrollment: int
    at: datetime
    number: int  # among those that were done or left out
    is_first: bool  # that was done
    achieves: str  # what its author says that who has done it has; nothing where it was left out


def _settled(enrollments: Sequence[Enrollment], tallies: Mapping[int, Tally]) -> Iterator[_Settled]:
    """Of each enrollment, in order, the first step that was done, those that its author marked, and the one with
    which half of them were done or left out.
    """
    halves = {_half(tallies[each.pk]) for each in enrollments if each.pk in tallies}
    order = [F("settled_at"), F("position")]
    steps = Progress.objects.settled().filter(enrollment__in=[each.pk for each in enrollments])
    numbered = steps.annotate(
        number=Window(RowNumber(), partition_by=F("enrollment_id"), order_by=order),
        marks=F("step__achieves"),
        of_state=Window(RowNumber(), partition_by=[F("enrollment_id"), F("state")], order_by=order),
    )
    told = numbered.filter(
        Q(number__in=halves) | Q(state=Progress.State.DONE, of_state=1) | Q(state=Progress.State.DONE, marks__gt="")
    )
    names = ("enrollment_id", "settled_at", "number", "state", "of_state", "marks")
    for pk, at, number, state, of_state, marks in told.order_by(*order).values_list(*names):
        if at is not None:
            is_done = state == Progress.State.DONE
            yield _Settled(pk, at, number, is_done and of_state == 1, marks if is_done else "")
