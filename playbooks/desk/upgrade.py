"""Running partners go over to the newest version: what differs, what to do about each step, and how far it is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.db.models import Case, Count, F, IntegerField, Min, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from partners import clock
from partners.carrying_out import CarriedOutElsewhere
from partners.scoping import ScopedRequest, for_those_who_act
from partners.waking import wake
from playbooks.comparing import CHANGED, GONE, NEW
from playbooks.desk.scope import playbook_of, reading_language
from playbooks.models import Playbook, PlaybookVersion, Progress, Upgrade
from playbooks.tasks import upgrade_partners
from playbooks.upgrading import (
    CannotUndo,
    Course,
    NobodyWaits,
    ask_for_upgrade,
    behind,
    carry_out,
    undo,
    untouched,
)

SECONDS: Final = 8.0  # of bringing over within a request; the rest is for a worker
Choice = Upgrade.Choice


@dataclass
class Reach:
    """How many partners stand where, seen from one step that differs."""

    later: int = 0  # not open for them yet
    at_it: int = 0  # open, and nothing done about it
    busy: int = 0  # in the middle of it
    done: int = 0

    @property
    def untouched(self) -> int:
        return self.later + self.at_it

    @property
    def all(self) -> int:
        return self.untouched + self.busy


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Row:
    key: str
    how: str
    title: str
    options: list[Option]
    done: int  # for whom nothing changes, because they have done it


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def upgrading(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """Before, while and after partners go over: the same page, as far as it has come."""
    found = playbook_of(request, playbook)
    newest = found.published()
    if newest is None:
        return redirect("desk-playbook", vendor=vendor, playbook=playbook)
    newest.playbook = found
    if request.method == "POST":
        return _act(request, newest)
    running = Upgrade.objects.running().filter(playbook=found).first()
    if running is not None:
        return _progress(request, found, running)
    if request.htmx:
        return HttpResponseClientRefresh()  # it was under way a moment ago
    return _choose(request, found, newest)


def _act(request: ScopedRequest, newest: PlaybookVersion) -> HttpResponse:
    running = Upgrade.objects.running().filter(playbook=newest.playbook).first()
    if running is None:
        asked = {
            key.removeprefix("step-"): str(value) for key, value in request.POST.items() if key.startswith("step-")
        }
        if request.POST.get("number") != str(newest.number) or not set(asked.values()) <= set(Choice.values):
            messages.warning(request, _("Another version was published meanwhile. Look at the steps again."))
            return redirect("desk-playbook-upgrade", vendor=request.vendor.slug, playbook=newest.playbook_id)
        try:
            running = ask_for_upgrade(version=newest, choices=asked, by=request.user, now=clock.now())
        except NobodyWaits as refusal:
            messages.warning(request, refusal.message)
            return redirect("desk-playbook-upgrade", vendor=request.vendor.slug, playbook=newest.playbook_id)
    _carry_out(request, running)
    return redirect("desk-playbook-upgrade", vendor=request.vendor.slug, playbook=newest.playbook_id)


@require_POST
@for_those_who_act
def undone(request: ScopedRequest, vendor: str, playbook: int, upgrade: int) -> HttpResponse:
    found = playbook_of(request, playbook)
    last = get_object_or_404(Upgrade.objects.of(request.vendor).filter(playbook=found), pk=upgrade)
    try:
        _carry_out(request, undo(upgrade=last, by=request.user, now=clock.now()))
    except CannotUndo as refusal:
        messages.warning(request, refusal.message)
    return redirect("desk-playbook-upgrade", vendor=vendor, playbook=playbook)


def _carry_out(request: ScopedRequest, upgrade: Upgrade) -> None:
    """What can be done within a request; a worker does the rest."""
    try:
        is_done = carry_out(upgrade=upgrade, now=clock.now(), seconds=SECONDS)
    except CarriedOutElsewhere:
        return
    if not is_done:
        wake(upgrade_partners)  # where none comes, the page offers to go on without one
        return
    upgrade.refresh_from_db()
    count = upgrade.moved
    said = (
        ngettext(
            "%(count)s partner is back on the version before.",
            "%(count)s partners are back on the version before.",
            count,
        )
        if upgrade.undoes_id
        else ngettext("%(count)s partner has gone over.", "%(count)s partners have gone over.", count)
    )
    messages.success(request, said % {"count": number_format(count, force_grouping=True)})


def _progress(request: ScopedRequest, playbook: Playbook, running: Upgrade) -> HttpResponse:
    context = {
        "playbook": playbook,
        "name": _name(playbook),
        "upgrade": running,
        "waiting": max(running.waiting, running.moved),
        "stalled": Upgrade.objects.filter(pk=running.pk).claimable(now=clock.now()).exists(),
    }
    part, whole = "desk/playbooks/upgrade_progress.html", "desk/playbooks/upgrade_under_way.html"
    response = render(request, part if request.htmx else whole, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _name(playbook: Playbook) -> str:
    version = playbook.published()
    return (version.text("name", reading_language(version)) if version else "") or playbook.slug


def _choose(request: ScopedRequest, playbook: Playbook, newest: PlaybookVersion) -> HttpResponse:
    done = Upgrade.objects.that_count().filter(playbook=playbook).select_related("asked_by", "version")
    last = done.order_by("-asked_at").first()
    waiting = behind(newest)
    versions = list(PlaybookVersion.objects.filter(pk__in=waiting.values("version")).order_by("number"))
    counts = dict(waiting.order_by().values_list("version").annotate(Count("pk")))
    context = {
        "playbook": playbook,
        "name": _name(playbook),
        "newest": newest,
        "waiting": sum(counts.values()),
        "versions": [(version, counts.get(version.pk, 0)) for version in versions],
        "rows": _rows(newest, versions),
        "last": last,
        "may_undo": last is not None and last.undoes_id is None,
    }
    return render(request, "desk/playbooks/upgrade.html", context)


def _rows(newest: PlaybookVersion, versions: list[PlaybookVersion]) -> list[Row]:
    """Each step that differs for somebody, in the order of the newest version; four queries whatever their number."""
    courses = {version.pk: Course.between(version, newest) for version in versions}
    hows: dict[str, str] = {}
    for course in courses.values():
        hows |= {key: str(CHANGED) for key in course.changed}
        hows |= {key: str(NEW) for key in course.added}
        hows |= {key: str(GONE) for key in course.gone}
    reaches = _reaches(newest, courses, set(hows))
    steps = {key: step for course in courses.values() for key, step in {**course.before, **course.after}.items()}
    places = {key: place for course in courses.values() for key, place in course.place.items()}
    language = reading_language(newest)
    return [
        Row(key, hows[key], steps[key].title(language), _options(hows[key], reaches[key]), reaches[key].done)
        for key in sorted(hows, key=lambda key: places[key])
    ]


def _reaches(newest: PlaybookVersion, courses: Mapping[int, Course], keys: set[str]) -> dict[str, Reach]:
    """Where partners stand seen from these steps: at a step that they have, or before and behind a new one."""
    reaches: dict[str, Reach] = defaultdict(Reach)
    theirs = Progress.objects.filter(enrollment__in=behind(newest).values("pk")).order_by()
    begun = Q(state__in=Progress.IN_PLAY)
    counted = (
        theirs.filter(step__key__in=keys)
        .values_list("step__key")
        .annotate(
            later=Count("pk", filter=Q(state=Progress.State.LOCKED, left_out=False)),
            fresh=Count("pk", filter=begun & untouched()),
            in_play=Count("pk", filter=begun),
            done=Count("pk", filter=Q(state__in=Progress.SETTLED)),
        )
    )
    for key, later, fresh, in_play, done in counted:
        reaches[key] = Reach(later=later, at_it=fresh, busy=in_play - fresh, done=done)
    for version, place, count in _standing(newest, courses) if any(course.added for course in courses.values()) else ():
        for key in courses[version].added:
            is_ahead = place < courses[version].after[key].position
            reaches[key].later += count * is_ahead
            reaches[key].busy += count * (not is_ahead)
    return reaches


def _standing(newest: PlaybookVersion, courses: Mapping[int, Course]) -> Iterator[tuple[int, int, int]]:
    """How many partners of a version stand at a place of the newest one: each once, at the first step in play."""
    gone = (
        When(enrollment__version=version, step__key=key, then=course.place[key])
        for version, course in courses.items()
        for key in course.gone
    )
    there = newest.steps.filter(key=OuterRef("step__key")).order_by().values("position")
    places = Coalesce(Subquery(there), Case(*gone, default=F("position"), output_field=IntegerField()))
    in_play = Progress.objects.in_play().filter(enrollment=OuterRef("pk")).order_by().values("enrollment")
    first = Subquery(in_play.annotate(first=Min(places)).values("first"))
    standing = behind(newest).order_by().annotate(at=Coalesce(first, 0)).values_list("version", "at")
    yield from standing.annotate(Count("pk"))


def _options(how: str, reach: Reach) -> list[Option]:
    """What can be done about a step, each with how many partners it concerns; the careful one is chosen."""
    if how == str(GONE):
        out = ngettext(
            "Take it out for %(count)s partner who has not come to it",
            "Take it out for %(count)s partners who have not come to it",
            reach.later,
        )
        return [
            Option(Choice.UNTOUCHED, out % {"count": number_format(reach.later, force_grouping=True)}, is_chosen=True),
            Option(Choice.KEEP, _("Leave it to everybody who has it"), is_chosen=False),
        ]
    if how == str(NEW):
        some = ngettext(
            "Add it for %(count)s partner who has not passed its place",
            "Add it for %(count)s partners who have not passed its place",
            reach.later,
        )
        every = ngettext(
            "Add it for all %(count)s, as the next step for those who have passed it",
            "Add it for all %(count)s, as the next step for those who have passed it",
            reach.all,
        )
        none = _("Add it for nobody who is on the way")
        counts = reach.later, reach.all
    else:
        some = ngettext(
            "Change it for %(count)s partner who has not begun it",
            "Change it for %(count)s partners who have not begun it",
            reach.untouched,
        )
        every = ngettext(
            "Change it for all %(count)s who have not done it, also in the middle of it",
            "Change it for all %(count)s who have not done it, also in the middle of it",
            reach.all,
        )
        none = _("Let everybody keep what they have")
        counts = reach.untouched, reach.all
    return [
        Option(Choice.UNTOUCHED, some % {"count": number_format(counts[0], force_grouping=True)}, is_chosen=True),
        Option(Choice.ADOPT, every % {"count": number_format(counts[1], force_grouping=True)}, is_chosen=False),
        Option(Choice.KEEP, none, is_chosen=False),
    ]
