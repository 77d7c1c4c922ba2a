"""The vendor's Today: who needs you, why, and one thing to do about each."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from followups.dashboards.counting import Count, todays_counts
from followups.dashboards.lookups import Staff
from followups.dashboards.partners import NO_PLAYBOOK
from followups.dashboards.starting import start_address
from followups.dashboards.tasks import tasks_of
from followups.dashboards.wording import KIND_HINTS, Line, going_well, lines_for
from followups.models import Standing
from followups.models.silence import SilenceKind
from followups.models.standing import StandingQuerySet
from followups.silence.judging import NOT_ACCEPTED, places_of, severities_of
from partners import clock
from partners.paging import By, instant, key, pages_of
from partners.scoping import ScopedRequest

ROWS = 20
WEEK = timedelta(days=7)


LONGEST_WAIT = (By("quiet_since", instant), By("partner_id", key))
URGENCY = (
    By("severity", key, descending=True),
    By("quiet_since", instant, descending=True),
    By("partner_id", key, descending=True),
)
PLACES = {
    "owed": _("Waiting for a step of yours"),
    "signed": _("Signed, and waiting for your yes"),
    "lately": _("Went quiet, and is easy to win back"),
    "for_weeks": _("Quiet for longer"),
    "signed_long": _("Signed weeks ago, and waiting for your yes"),
    "for_months": _("Quiet for very long"),
}


@require_safe
def today(request: ScopedRequest, vendor: str) -> HttpResponse:
    now = clock.now()
    everyone = request.GET.get("who") == "everyone" or not request.member.may_act
    standings = Standing.objects.of(request.vendor)
    mine = standings if everyone else standings.led_by(request.member)
    kind = request.GET.get("kind", "")
    kind = kind if kind in SilenceKind.values else ""
    tasks = None if kind else tasks_of(vendor=request.vendor, member=None if everyone else request.member, now=now)
    if tasks and tasks.lines:  # told by their task, and not a second time
        mine = mine.exclude(partner__in=[line.partner_id for line in tasks.lines])
    page = pages_of(_who_needs_someone(mine, kind), request=request, size=ROWS)
    counts = todays_counts(vendor=request.vendor, member=None if everyone else request.member, since=now - WEEK)
    lines = lines_for(
        page.rows,
        managers=Staff.of(request.vendor).names if everyone else {},
        desk=reverse("desk-partners", args=[vendor]),
        language=get_language() or "en",
        now=now,
        with_actions=request.member.may_act,
        may_start=bool(counts["playbook"]),
    )
    context = {
        "everyone": everyone,
        "lines": lines,
        "places": _places(page.rows, lines),
        "page": page,
        "unreachable": _unreachable(request, page.rows, everyone=everyone),
        "tasks": tasks,
        "is_first_page": not page.previous,
        "silences": _silences(counts, chosen=kind),
        "kind": SilenceKind(kind).label if kind else "",
        "going_well": going_well(counts),
        "applications": counts["applications"],
        "unstarted": counts["unstarted"],
        "start_address": start_address(request.vendor, None if everyone else request.member),
        "no_playbook": NO_PLAYBOOK,
        "has_playbook": bool(counts["playbook"]),
        "has_partners": bool(page.rows) or bool(counts["any"]),
        "leads_none": not everyone and not page.rows and not request.member.leads_somebody(),
    }
    return render(request, "desk/today.html", context)


def _who_needs_someone(standings: StandingQuerySet, kind: str) -> list[tuple[QuerySet[Standing, Any], Sequence[By]]]:
    """The parts of the list, each in its own order: what waits for us by how long it does, all others by severity."""
    of = [severity for severity in severities_of(kind) if severity < NOT_ACCEPTED] if kind else ()
    others = (standings.to_turn_to(of=of).filter(severity__lt=NOT_ACCEPTED).for_lists(), URGENCY)
    if kind not in ("", SilenceKind.WAITING_ON_US):
        return [others]
    signed = (standings.to_turn_to(of=[NOT_ACCEPTED]).for_lists(), LONGEST_WAIT)
    return [(standings.owed_something().for_lists(), LONGEST_WAIT), signed, others]


def _places(rows: Sequence[Standing], lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under what they have in common, in the order in which they come."""
    both = zip(rows, lines, strict=True)
    return [
        (str(PLACES[place]), [line for _row, line in same])
        for place, same in groupby(both, key=lambda each: places_of(each[0].severity))
    ]


def _unreachable(request: ScopedRequest, rows: Sequence[Standing], *, everyone: bool) -> str:
    """The address of a kind as a file, where none of those listed can be called or written to; else nothing."""
    kinds = {row.silence_kind for row in rows}
    kind = kinds.pop() if len(kinds) == 1 else ""
    if not kind or not request.member.may_act or any(row.contact_email or row.contact_phone for row in rows):
        return ""
    query = {"silence": kind} | ({} if everyone else {"manager": str(request.member.pk)})
    return f"{reverse('desk-partners-export', args=[request.vendor.slug])}?{urlencode(query)}"


def _silences(counts: dict[str, Count], *, chosen: str) -> list[dict[str, Any]]:
    """The tiles; pressing the chosen one again shows everybody."""
    return [
        {
            "kind": kind.value,
            "leads_to": "" if kind == chosen else kind.value,
            "is_chosen": kind == chosen,
            "label": kind.label,
            "hint": KIND_HINTS[kind],
            "count": counts[kind.value],
        }
        for kind in SilenceKind
    ]
