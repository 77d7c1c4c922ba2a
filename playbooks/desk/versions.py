"""Publishing, drafts, the default, the history of versions, and files."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners import clock
from partners.scoping import ScopedRequest, for_those_who_act
from playbooks.checking import Problem, check
from playbooks.comparing import changes
from playbooks.desk.scope import changes_a_draft, draft_of, languages_shown, playbook_of, reading_language, version_of
from playbooks.duplicating import duplicate_playbook
from playbooks.enrolling import waiting
from playbooks.models import Enrollment, Playbook, PlaybookVersion
from playbooks.outline import outline_of
from playbooks.publishing import (
    NothingPublished,
    NotReady,
    discard_draft,
    make_default,
    publish,
    start_draft,
)
from playbooks.signals import publishing_shown
from playbooks.writing import write


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_act
@changes_a_draft
def publishing(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """What stands in the way, in plain words; with nothing in the way, one button."""
    draft = draft_of(request, playbook)
    if request.method == "POST":
        try:
            version = publish(version=draft, by=request.user, now=clock.now())
        except NotReady:
            return _publish_page(request, draft_of(request, playbook), status=422)
        done = _("Version %(number)d is published. New partners start with it.")
        messages.success(request, done % {"number": version.number})
        page = reverse("desk-playbook", args=[vendor, playbook])
        return redirect(f"{page}?published={version.number}" if waiting(request.vendor).exists() else page)
    return _publish_page(request, draft)


def _publish_page(request: ScopedRequest, draft: PlaybookVersion, *, status: int = 200) -> HttpResponse:
    playbook = draft.playbook
    newest = playbook.published()
    steps, published = (list(each.steps.order_by("position")) if each else [] for each in (draft, newest))
    before = {step.key: step.texts for step in published}
    problems = check(version=draft, today=clock.now().date(), loaded=steps, before=before)
    language = reading_language(draft)
    page = {
        "playbook": playbook,
        "name": draft.text("name", language) or playbook.slug,
        **languages_shown(draft),
        "published": newest,
        "changes": changes(outline_of(newest, published), outline_of(draft, steps), language=language)
        if newest
        else [],
        "gaps": sum(problem.blocks for problem in problems),
        "blocking": _by_step(problem for problem in problems if problem.blocks),
        "hints": _by_step(problem for problem in problems if not problem.blocks),
        "number": newest.number + 1 if newest else 1,
        "draft_number": draft.number,
        "walking": Enrollment.objects.running().filter(playbook=playbook).count(),
        "becomes_default": not Playbook.objects.of(request.vendor).filter(is_default=True).exists(),
        "may_edit": request.member.may_act,
        "parts": _parts(draft),
    }
    return render(request, "desk/playbooks/publish.html", page, status=status)


def _by_step(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Those of a step together, and together those of no step, each in their order."""
    found: dict[int | None, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.step_id, []).append(problem)
    return list(found.values())


def _parts(draft: PlaybookVersion) -> list[Any]:
    """What the floors above have to say before it is published."""
    answers = publishing_shown.send(
        sender=PlaybookVersion, version=draft, language=reading_language(draft), now=clock.now()
    )
    return [answer for _receiver, answer in answers if answer is not None]


@require_POST
def draft(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """Begin to edit: a draft that copies the newest published version, or the one there is."""
    start_draft(playbook=playbook_of(request, playbook), by=request.user, now=clock.now())
    return redirect("desk-playbook", vendor=vendor, playbook=playbook)


@require_POST
def duplicated(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    found = playbook_of(request, playbook)
    copy = duplicate_playbook(playbook=found, by=request.user, now=clock.now())
    messages.success(request, _("The playbook is there twice. This is the second one, as a draft."))
    return redirect("desk-playbook", vendor=vendor, playbook=copy.pk)


@require_POST
def draft_discarded(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    found = playbook_of(request, playbook)
    discard_draft(playbook=found, by=request.user, now=clock.now())
    messages.success(request, _("The draft is gone. What is published stays as it is."))
    if not Playbook.objects.of(request.vendor).filter(pk=playbook).exists():
        return redirect("desk-playbooks", vendor=vendor)
    return redirect("desk-playbook", vendor=vendor, playbook=playbook)


@require_POST
def default(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    found = playbook_of(request, playbook)
    try:
        make_default(playbook=found, by=request.user, now=clock.now())
        messages.success(request, _("Partners you accept from now on start with this playbook."))
    except NothingPublished as refusal:
        messages.warning(request, refusal.message)
    return redirect("desk-playbook", vendor=vendor, playbook=playbook)


@require_safe
def history(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    found = playbook_of(request, playbook)
    versions = (
        found.versions.defer("texts")
        .select_related("published_by")
        .annotate(walking=Count("enrollments", filter=Q(enrollments__state="running")))
        .order_by("-number")
    )
    newest = found.draft() or found.published()
    name = newest.text("name", reading_language(newest)) if newest else ""
    page = {
        "playbook": found,
        "name": name or found.slug,
        "versions": versions,
        "has_published": found.published() is not None,
    }
    return render(request, "desk/playbooks/history.html", page)


@require_safe
def export(request: ScopedRequest, vendor: str, playbook: int, number: int) -> HttpResponse:
    version = version_of(request, playbook, number)
    name = f"{version.playbook.slug}-{number}{'-draft' if version.is_draft else ''}.yaml"
    return HttpResponse(
        write(outline_of(version)),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
