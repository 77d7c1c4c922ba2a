"""All steps, with their states: what is done stays visible, what comes later is listed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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

from partners import clock
from partners.isolating import isolated
from partners.models import User
from partners.scoping import PersonalRequest
from playbooks.doing import doers_of
from playbooks.models import Progress, Stage, Step
from playbooks.models.step import Turn
from playbooks.news import news_of
from playbooks.today import Walk, brands_of, vendor_of, walks_of
from playbooks.walking import first_turn

LONG = 40  # steps: from here on stages are folded but for where the walk stands

Homes = dict[tuple[int, str, str], Stage]  # by version, and a step's key or a stage's


@require_safe
@login_required
def my_playbook(request: PersonalRequest) -> HttpResponse:
    language = get_language() or ""
    walks = walks_of(request.user, language=language)
    context = {
        "walks": _with_stages(walks, request.user, language),
        "brands": brands_of(walks),
        "vendor": vendor_of(walks),
    }
    return render(request, "my/playbook.html", context)


def _with_stages(walks: list[Walk], user: User, language: str) -> list[dict[str, Any]]:
    """Each walk with its stages in order, each stage with its steps, what changed of late. Two queries to four."""
    steps: dict[int, list[Progress]] = defaultdict(list)
    news = news_of(walks, language=language, now=clock.now())
    rows = Progress.objects.concerning().filter(enrollment__in=[walk.enrollment.pk for walk in walks])
    for row in rows.select_related("step__stage", "enrollment").order_by("position", "pk"):
        steps[row.enrollment_id].append(row)
    doers = doers_of([row for rows in steps.values() for row in rows if not row.is_settled])
    colleagues = {pk: doer.name for pk, doer in doers.items() if not doer.is_for(user=user.pk)}
    homes = _homes(row.enrollment.version_id for rows in steps.values() for row in rows if _is_of_another(row))
    return [
        {
            "walk": walk,
            "stages": _stages(walk, steps[walk.enrollment.pk], homes, colleagues, language),
            "is_long": len(steps[walk.enrollment.pk]) > LONG,
            "news": news.get(walk.enrollment.pk),
        }
        for walk in walks
    ]


def _is_of_another(row: Progress) -> bool:
    """Whether it is a step as another version has it than the one its walk follows now."""
    return row.step.version_id != row.enrollment.version_id


def _homes(versions: Iterable[int]) -> Homes:
    """Which stage a step of a version stands in, by its key; of one that the version does not have, by its stage's."""
    homes: Homes = {}
    for step in Step.objects.filter(version__in=set(versions)).select_related("stage"):
        homes[step.version_id, step.key, ""] = step.stage
        homes[step.version_id, "", step.stage.key] = step.stage
    return homes


def _home(row: Progress, homes: Homes) -> Stage:
    version, step = row.enrollment.version_id, row.step
    known = homes.get((version, step.key, "")) or homes.get((version, "", step.stage.key))
    return known or step.stage


def _stages(
    walk: Walk, rows: list[Progress], homes: Homes, colleagues: Mapping[int, str], language: str
) -> list[dict[str, Any]]:
    """``colleagues`` are the names of those whom a step is for, where it is not for the reader."""
    grouped = ((stage, list(members)) for stage, members in groupby(rows, key=lambda row: _home(row, homes)))
    return [
        {
            "title": stage.title(language),
            "settled": sum(1 for row in members if row.is_settled),
            "total": len(members),
            "is_here": any(row.is_in_play for row in members),
            "steps": [
                {
                    "progress": row,
                    "title": row.step.title(language),
                    "aside": _aside(row, walk, colleagues.get(row.pk, "")),
                }
                for row in members
            ],
        }
        for stage, members in grouped
    ]


def _aside(row: Progress, walk: Walk, colleague: str) -> str:
    """In a word: when it was settled, whose it is, or how long it will take."""
    does = _who_does(row, walk)
    if row.settled_at is not None:
        day = date_format(localtime(row.settled_at), "SHORT_DATE_FORMAT")
        return " · ".join(filter(None, (does, row.get_state_display(), day)))
    if does:
        return does
    if row.turn == Turn.PARTNER:
        return _("%(name)s’s turn") % {"name": isolated(colleague)} if colleague else _("Your turn")
    if row.turn == Turn.VENDOR:
        return _("%(name)s’s turn") % {"name": isolated(walk.vendor.name)}
    minutes = row.step.minutes
    takes = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return f"{isolated(colleague)} · {takes}" if colleague else takes


def _who_does(row: Progress, walk: Walk) -> str:
    """Of a step that is not the reader's: its words are meant for whoever does it."""
    whose = first_turn(row.step, walk.enrollment.partner)
    if whose == Turn.VENDOR:
        return _("%(name)s does this") % {"name": isolated(walk.vendor.name)}
    return _("Your sponsor does this") if whose == Turn.SPONSOR else ""
