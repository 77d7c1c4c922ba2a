"""The vendor's Today: who needs you, why, and one thing to do about each."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from followups.dashboards.counting import Count, todays_counts
from followups.dashboards.lookups import Staff
from followups.dashboards.partners import NO_PLAYBOOK
from followups.dashboards.starting import start_address
from followups.dashboards.wording import KIND_HINTS, going_well, lines_for
from followups.models import Standing
from followups.models.silence import SilenceKind
from followups.silence.judging import severities_of
from partners import clock
from partners.paging import By, instant, key, page_of
from partners.scoping import ScopedRequest

ROWS = 25
WEEK = timedelta(days=7)


URGENCY = (By("severity", key, descending=True), By("quiet_since", instant), By("partner_id", key))


@require_safe
def today(request: ScopedRequest, vendor: str) -> HttpResponse:
    now = clock.now()
    everyone = request.GET.get("who") == "everyone" or not request.member.may_act
    standings = Standing.objects.of(request.vendor)
    mine = standings if everyone else standings.led_by(request.member)
    kind = request.GET.get("kind", "")
    kind = kind if kind in SilenceKind.values else ""
    needing = mine.needing_someone(of=severities_of(kind) if kind else ())
    page = page_of(needing.for_lists(), URGENCY, request=request, size=ROWS)
    counts = todays_counts(vendor=request.vendor, member=None if everyone else request.member, since=now - WEEK)
    context = {
        "everyone": everyone,
        "lines": lines_for(
            page.rows,
            managers=Staff.of(request.vendor).names if everyone else {},
            desk=reverse("desk-partners", args=[vendor]),
            language=get_language() or "en",
            now=now,
            with_actions=request.member.may_act,
            may_start=bool(counts["playbook"]),
        ),
        "page": page,
        "silences": _silences(counts, chosen=kind),
        "kind": SilenceKind(kind).label if kind else "",
        "going_well": going_well(counts),
        "applications": counts["applications"],
        "unstarted": counts["unstarted"],
        "start_address": start_address(request.vendor, None if everyone else request.member),
        "no_playbook": NO_PLAYBOOK,
        "has_playbook": bool(counts["playbook"]),
        "has_partners": bool(page.rows) or bool(counts["any"]),
    }
    return render(request, "desk/today.html", context)


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
