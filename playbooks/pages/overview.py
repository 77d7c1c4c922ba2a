"""All steps, with their states: what is done stays visible, what comes later is listed."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from partners.isolating import isolated
from partners.scoping import PersonalRequest
from playbooks.models import Progress
from playbooks.models.step import Turn
from playbooks.today import Walk, walks_of
from playbooks.walking import first_turn


@require_safe
@login_required
def my_playbook(request: PersonalRequest) -> HttpResponse:
    language = get_language() or ""
    walks = walks_of(request.user, language=language)
    return render(request, "my/playbook.html", {"walks": _with_stages(walks, language)})


def _with_stages(walks: list[Walk], language: str) -> list[dict[str, Any]]:
    """Each walk with its stages in order, and each stage with its steps. One query for all of them."""
    steps: dict[int, list[Progress]] = defaultdict(list)
    rows = Progress.objects.filter(enrollment__in=[walk.enrollment.pk for walk in walks])
    for row in rows.select_related("step__stage").order_by("position"):
        steps[row.enrollment_id].append(row)
    return [{"walk": walk, "stages": _stages(walk, steps[walk.enrollment.pk], language)} for walk in walks]


def _stages(walk: Walk, rows: list[Progress], language: str) -> list[dict[str, Any]]:
    grouped = groupby(rows, key=lambda row: row.step.stage)
    return [
        {
            "title": stage.title(language),
            "steps": [
                {"progress": row, "title": row.step.title(language), "aside": _aside(row, walk)} for row in members
            ],
        }
        for stage, members in grouped
    ]


def _aside(row: Progress, walk: Walk) -> str:
    """In a word: when it was settled, whose it is, or how long it will take."""
    does = _who_does(row, walk)
    if row.settled_at is not None:
        day = date_format(localtime(row.settled_at), "SHORT_DATE_FORMAT")
        return " · ".join(filter(None, (does, row.get_state_display(), day)))
    if does:
        return does
    if row.turn == Turn.PARTNER:
        return _("Your turn")
    if row.turn == Turn.VENDOR:
        return _("%(name)s’s turn") % {"name": isolated(walk.vendor.name)}
    minutes = row.step.minutes
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _who_does(row: Progress, walk: Walk) -> str:
    """Of a step that is not the reader's: its words are meant for whoever does it."""
    whose = first_turn(row.step, walk.enrollment.partner)
    if whose == Turn.VENDOR:
        return _("%(name)s does this") % {"name": isolated(walk.vendor.name)}
    return _("Your sponsor does this") if whose == Turn.SPONSOR else ""
