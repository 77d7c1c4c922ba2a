"""Whoever waits without a playbook: how many, what would be sent, one button, and how far it is.

Of the whole team, or of one channel manager.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from followups.dashboards.counting import Count
from followups.engine.cadences import cadences_of
from followups.engine.levels import Place
from followups.models import Start, Touch
from followups.starting import Welcomes, ask_for_all, carry_out, waiting_of, welcomes
from followups.tasks import start_waiting
from partners import clock
from partners.carrying_out import CarriedOutElsewhere
from partners.isolating import isolated
from partners.models import Member, Vendor
from partners.paging import key
from partners.scoping import ScopedRequest, for_those_who_act
from partners.waking import wake
from playbooks.models import PlaybookVersion, Step
from playbooks.models.step import Turn

SECONDS: Final = 8.0  # of starting within a request; the rest is for a worker


def newest(vendor: Vendor) -> dict[str, PlaybookVersion]:
    """What a partner can be started with, by the playbook's slug, the default first."""
    versions = PlaybookVersion.objects.filter(
        playbook__vendor=vendor, playbook__archived_at=None, state=PlaybookVersion.State.PUBLISHED
    )
    in_order = versions.select_related("playbook").order_by("-playbook__is_default", "playbook__slug", "number")
    return {version.playbook.slug: version for version in in_order}


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
def start(request: ScopedRequest, vendor: str) -> HttpResponse:
    """Before, while and after everybody is started: the same page, as far as it has come.

    ``?manager=`` narrows it to the partners that this member is responsible for.
    """
    if request.method == "POST":
        return _act(request)
    now = clock.now()
    running = Start.objects.of(request.vendor).running().select_related("version", "manager__user").first()
    if running is not None:
        return _progress(request, running, now)
    if request.htmx:
        return HttpResponseClientRefresh()  # it was under way a moment ago
    return _confirm(request, now)


def start_address(vendor: Vendor, manager: Member | None = None, **asked: str) -> str:
    """Where a playbook is started for whoever waits; with ``manager``, for theirs."""
    query = asked | ({"manager": str(manager.pk)} if manager else {})
    return reverse("desk-partners-start", args=[vendor.slug]) + (f"?{urlencode(query)}" if query else "")


def _manager(request: ScopedRequest, asked: QueryDict) -> Member | None:
    """Whose partners are meant; nobody's in particular where none is named. 404 for who is none of the vendor's."""
    text = asked.get("manager", "")
    if not text:
        return None
    try:
        pk = key(text)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(Member.objects.filter(vendor=request.vendor).select_related("user"), pk=pk)


def _act(request: ScopedRequest) -> HttpResponse:
    related = ("vendor", "version__playbook__vendor", "manager")
    running = Start.objects.of(request.vendor).running().select_related(*related).first()
    manager = _manager(request, request.POST)
    back = redirect(start_address(request.vendor, manager))
    if running is None and request.POST.get("action") != "continue":
        version = newest(request.vendor).get(request.POST.get("playbook", ""))
        if version is None:
            messages.error(request, _("Nothing was started. Publish a playbook first, then start it here."))
            return back
        running = ask_for_all(vendor=request.vendor, version=version, by=request.user, now=clock.now(), manager=manager)
    if running is not None:
        _carry_out(request, running)
    return back


def _carry_out(request: ScopedRequest, running: Start) -> None:
    """What can be done within a request; a worker does the rest."""
    try:
        is_done = carry_out(start=running, now=clock.now(), seconds=SECONDS)
    except CarriedOutElsewhere:
        return
    if not is_done:
        wake(start_waiting)  # where none comes, the page offers to go on without one
        return
    running.refresh_from_db()
    count = running.started
    said = ngettext("%(count)s partner begins now.", "%(count)s partners begin now.", count)
    messages.success(request, said % {"count": Count(count)})


def _progress(request: ScopedRequest, running: Start, now: datetime) -> HttpResponse:
    context = {
        "start": running,
        "heading": _heading(request, running.manager),
        "started": Count(running.started),
        "waiting": Count(max(running.waiting, running.started)),
        "stalled": Start.objects.filter(pk=running.pk).claimable(now=now).exists(),
    }
    template = "desk/start_progress.html" if request.htmx else "desk/start_under_way.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _heading(request: ScopedRequest, manager: Member | None) -> str:
    """Whom it is about."""
    if manager is None:
        return _("Start a playbook for everyone who waits")
    if manager == request.member:
        return _("Start a playbook for those of yours who wait")
    return _("Start a playbook for those of %(name)s who wait") % {"name": isolated(str(manager))}


def _confirm(request: ScopedRequest, now: datetime) -> HttpResponse:
    language = get_language() or "en"
    versions = newest(request.vendor)
    chosen = versions.get(request.GET.get("playbook", "")) or next(iter(versions.values()), None)
    manager = _manager(request, request.GET)
    waiting = welcomes(vendor=request.vendor, now=now, manager=manager)
    everybody = waiting_of(request.vendor, None).order_by().count() if manager else waiting.total
    context: dict[str, Any] = {
        "heading": _heading(request, manager),
        "manager": manager,
        "beyond": Count(everybody - waiting.total),
        "everybody": start_address(request.vendor),
        "number": waiting.total,
        "waiting": Count(waiting.total),
        "chosen": chosen,
        "playbooks": [(slug, version.text("name", language)) for slug, version in versions.items()],
        "last": Start.objects.of(request.vendor).filter(ended_at__isnull=False).order_by("-asked_at").first(),
    }
    if chosen is not None:
        context |= _what_happens(request.vendor, chosen, waiting, language)
    return render(request, "desk/start.html", context)


def _what_happens(vendor: Vendor, chosen: PlaybookVersion, waiting: Welcomes, language: str) -> dict[str, Any]:
    first = Step.objects.filter(version=chosen).select_related("stage").order_by("position").first()
    place = Place.of(chosen.playbook_id, first)
    rules = cadences_of([vendor.pk]).of(vendor.pk, place)
    delays = [rule.timing.delay for rule in rules if rule.to == Touch.To.PARTNER and rule.channel == Touch.Channel.MAIL]
    return {
        "first": first.title(language) if first else "",
        "is_theirs": first is not None and first.who == Turn.PARTNER,
        "at_once": Count(waiting.at_once),
        "in_the_morning": Count(waiting.in_the_morning),
        "reminder_after": min(delays) // timedelta(hours=1) if delays else None,
    }
