"""All that partners wait for, on one page: what is overdue on top, then by the day on which it is due."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from followups.dashboards.lookups import Staff
from followups.models import Task
from followups.models.task import OWED_KINDS
from followups.owed.counting import Counts, counted, owed_by
from followups.owed.figures import speed
from followups.owed.saying import length_in_words, lines_of
from partners import clock
from partners.paging import By, instant, key, page_of
from partners.scoping import ScopedRequest

ROWS = 25
OF_A_LINE = (
    *("kind", "made_at", "due_at", "partner__company", "partner__manager"),
    *("progress__reason", "progress__step"),
)
BY_DUE = (By("due_at", instant), By("pk", key))


@require_safe
def owed(request: ScopedRequest, vendor: str) -> HttpResponse:
    now = clock.now()
    everyone = request.GET.get("who") == "everyone" or not request.member.may_act
    kind = request.GET.get("kind", "")
    kind = kind if kind in OWED_KINDS else ""
    member = None if everyone else request.member
    by_kind, mine = counted(request.vendor, member, now=now), owed_by(request.vendor, member, now=now)
    shown = mine.filter(kind=kind) if kind else mine
    rows = shown.select_related("partner", "progress").only(*OF_A_LINE)
    page = page_of(rows, BY_DUE, request=request, size=ROWS)
    names = Staff.of(request.vendor).names if everyone else {}
    context = {
        "everyone": everyone,
        "kind": Task.Kind(kind).label if kind else "",
        "kinds": _tiles(by_kind, chosen=kind),
        "overdue": sum(late for _count, late in by_kind.values()),
        "lines": lines_of(page.rows, vendor=request.vendor, managers=names, now=now),
        "page": page,
        "speed": _speed(request, now),
    }
    return render(request, "desk/owed.html", context)


def _tiles(by_kind: Counts, *, chosen: str) -> list[dict[str, Any]]:
    """One for each kind; pressing the chosen one again shows all."""
    return [
        {
            "leads_to": "" if kind == chosen else kind,
            "is_chosen": kind == chosen,
            "label": Task.Kind(kind).label,
            "count": by_kind.get(kind, (0, 0))[0],
            "late": by_kind.get(kind, (0, 0))[1],
        }
        for kind in ("handover", "stuck", "approve", "step")
    ]


def _speed(request: ScopedRequest, now: Any) -> dict[str, Any] | None:
    found = speed(vendor=request.vendor, now=now)
    if found is None:
        return None
    return {
        "answered": found.answered,
        "share": found.share,
        "in_time": found.in_time,
        "median": length_in_words(found.median),
        "slow": length_in_words(found.slow),
    }
