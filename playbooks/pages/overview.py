"""All steps, with their states: what is done stays visible, what comes later is listed."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from partners.scoping import PersonalRequest
from playbooks.models import Progress
from playbooks.today import Walk, walks_of


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
    return [{"walk": walk, "stages": _stages(steps[walk.enrollment.pk], language)} for walk in walks]


def _stages(rows: list[Progress], language: str) -> list[dict[str, Any]]:
    grouped = groupby(rows, key=lambda row: row.step.stage)
    return [
        {
            "title": stage.title(language),
            "steps": [{"progress": row, "title": row.step.title(language)} for row in members],
        }
        for stage, members in grouped
    ]
