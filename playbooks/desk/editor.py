"""The page of one playbook: its stages and steps, in order, each a press away."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.copying import copy_stage
from playbooks.desk.arranging import arrange
from playbooks.desk.changes import said_change, shown_changes
from playbooks.desk.forms import PlaybookForm, StageForm
from playbooks.desk.scope import (
    changes_a_draft,
    draft_of,
    languages_shown,
    page_of,
    playbook_of,
    reading_language,
    stage_of,
    step_of,
    to_playbook,
    version_of,
    whole_number,
)
from playbooks.editing import (
    add_stage,
    add_step,
    describe,
    place_stage,
    place_step,
    remove_stage,
    rename_stage,
)
from playbooks.enrolling import waiting
from playbooks.models import DraftChange, Enrollment, Playbook, PlaybookVersion
from playbooks.outline import LONGEST_LINE, has_forbidden
from playbooks.undoing import NotTheLast, redo, take_back
from playbooks.upgrading import behind


def version_page(request: ScopedRequest, version: PlaybookVersion) -> dict[str, Any]:
    """What the page of a version shows, in a fixed number of queries."""
    language = reading_language(version)
    return {
        "playbook": version.playbook,
        "version": version,
        "name": version.text("name", language) or version.playbook.slug,
        "summary": version.text("summary", language),
        **languages_shown(version),
        "arrangement": arrange(version, language),
        "language": language,
        "steps_at": reverse("desk-playbook-step", args=[request.vendor.slug, version.playbook_id, 0])[:-2],
        "may_edit": version.is_draft and request.member.may_act,
        "changes": shown_changes(version, language) if version.is_draft and request.member.may_act else None,
    }


@require_safe
def playbook(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """The draft where there is one, else the newest published version."""
    found = playbook_of(request, playbook)
    draft, published = found.draft(), found.published()
    version = draft or published
    if version is None:
        raise Http404
    version.playbook = found
    walking = Enrollment.objects.running().filter(playbook=found).count()
    page = {**version_page(request, version), "published": published, "draft": draft, "walking": walking}
    if request.member.may_act and published is not None and draft is None:
        page["behind"] = behind(published).count() if walking else 0
    if request.member.may_act and "published" in request.GET:
        page["waiting"] = waiting(request.vendor).count()
    return render(request, "desk/playbooks/playbook.html", page)


@require_safe
def version(request: ScopedRequest, vendor: str, playbook: int, number: int) -> HttpResponse:
    shown = version_of(request, playbook, number)
    if shown.is_draft:
        return redirect("desk-playbook", vendor=vendor, playbook=playbook)
    return render(request, "desk/playbooks/playbook.html", {**version_page(request, shown), "is_old": True})


def _outline(
    request: ScopedRequest, found: Playbook, *, anchor: str, said: str = "", stage: int | None = None
) -> HttpResponse:
    """The outline anew for htmx, else the whole page at the place that changed; ``stage`` is open where it is long."""
    if not request.htmx:
        return redirect(reverse("desk-playbook", args=[request.vendor.slug, found.pk]) + f"#{anchor}")
    draft = draft_of(request, found.pk)
    page = {**version_page(request, draft), "said": said, "is_swap": True, "open_stage": stage}
    return render(request, "desk/playbooks/outline.html", page)


def _title(request: ScopedRequest) -> str:
    title = request.POST.get("title", "").strip()
    return "" if has_forbidden(title) else title[:LONGEST_LINE]


@require_POST
@changes_a_draft
def new_stage(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    draft = draft_of(request, playbook)
    title = _title(request)
    if not title:
        messages.warning(request, _("Give the stage a title, then add it."))
        return to_playbook(request, playbook)
    stage = add_stage(
        version=draft,
        texts={reading_language(draft): {"title": title}},
        count_before=whole_number(request.POST.get("count", "")),
        by=request.user,
        now=clock.now(),
    )
    return _outline(request, draft.playbook, anchor=f"stage-{stage.pk}", said=_("Stage added."), stage=stage.pk)


@require_POST
@changes_a_draft
def new_step(request: ScopedRequest, vendor: str, playbook: int, stage: int) -> HttpResponse:
    found = stage_of(request, playbook, stage)
    title = _title(request)
    if not title:
        messages.warning(request, _("Give the step a title, then add it."))
        return to_playbook(request, playbook)
    step = add_step(
        stage=found,
        texts={reading_language(found.version): {"title": title}},
        count_before=whole_number(request.POST.get("count", "")),
        by=request.user,
        now=clock.now(),
    )
    return _outline(request, found.version.playbook, anchor=f"step-{step.pk}", said=_("Step added."), stage=found.pk)


@require_POST
@changes_a_draft
def move(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """``place`` is where to: ``step:<id>:<stage>:<index>`` or ``stage:<id>:<index>``."""
    draft = draft_of(request, playbook)
    kind, *numbers = request.POST.get("place", "").split(":")
    now = clock.now()
    match kind, [whole_number(number) for number in numbers]:
        case "step", [pk, stage_pk, index]:
            step = get_object_or_404(draft.steps, pk=pk)
            stage = get_object_or_404(draft.stages, pk=stage_pk)
            place_step(step=step, stage=stage, index=index, by=request.user, now=now)
            return _outline(request, draft.playbook, anchor=f"step-{pk}", said=_("Step moved."), stage=stage_pk)
        case "stage", [pk, index]:
            stage = get_object_or_404(draft.stages, pk=pk)
            place_stage(stage=stage, index=index, by=request.user, now=now)
            return _outline(request, draft.playbook, anchor=f"stage-{pk}", said=_("Stage moved."))
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@changes_a_draft
def stage(request: ScopedRequest, vendor: str, playbook: int, stage: int) -> HttpResponse:
    found = stage_of(request, playbook, stage)
    if request.method != "POST" and not (found.version.is_draft and request.member.may_act):
        return redirect(page_of(request, found.version) + f"#stage-{found.pk}")
    form = StageForm(request.POST or None, stage=found, languages=found.version.languages)
    if request.method == "POST" and form.is_valid():
        rename_stage(stage=found, texts=form.texts(), by=request.user, now=clock.now())
        return redirect(reverse("desk-playbook", args=[vendor, playbook]) + f"#stage-{found.pk}")
    page = {
        "playbook": found.version.playbook,
        "stage": found,
        "title": found.title(reading_language(found.version)),
        "form": form,
        "count": found.steps.count(),
        "stage_count": found.version.stages.count(),
    }
    return render(request, "desk/playbooks/stage.html", page, status=422 if form.errors else 200)


@require_POST
@changes_a_draft
def stage_copied(request: ScopedRequest, vendor: str, playbook: int, stage: int) -> HttpResponse:
    count = whole_number(request.POST.get("count") or "0")
    copy = copy_stage(stage=stage_of(request, playbook, stage), count_before=count, by=request.user, now=clock.now())
    messages.success(request, _("The stage is there twice. This is the second one."))
    return redirect("desk-playbook-stage", vendor=vendor, playbook=playbook, stage=copy.pk)


@require_POST
@changes_a_draft
def undone(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """``change`` is the key of the last change, as the page showed it; ``step`` that of the step whose page it was."""
    made = request.POST.get("made", "")
    return _put_back(request, playbook, partial(take_back, made=made), _("Taken back: %(change)s"))


@require_POST
@changes_a_draft
def redone(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """As ``undone``, for what was taken back last."""
    return _put_back(request, playbook, redo, _("Redone: %(change)s"))


def _put_back(request: ScopedRequest, playbook: int, how: Callable[..., DraftChange], words: str) -> HttpResponse:
    draft, change = draft_of(request, playbook), whole_number(request.POST.get("change", ""))
    at = step_of(request, playbook, whole_number(request.POST["step"])) if "step" in request.POST else None
    try:
        done = how(version=draft, change=change, by=request.user, now=clock.now())
        said = words % {"change": said_change(done, draft, reading_language(draft))}
    except NotTheLast as refusal:
        said = str(refusal.message)
    if not request.htmx:
        messages.info(request, said)
    if at is not None:
        return redirect("desk-playbook-step", request.vendor.slug, playbook, at.pk)
    return _outline(request, draft.playbook, anchor="outline", said=said)


@require_POST
@changes_a_draft
def stage_removed(request: ScopedRequest, vendor: str, playbook: int, stage: int) -> HttpResponse:
    remove_stage(stage=stage_of(request, playbook, stage), by=request.user, now=clock.now())
    messages.success(request, _("The stage is gone from this draft."))
    return redirect("desk-playbook", vendor=vendor, playbook=playbook)


@require_http_methods(["GET", "HEAD", "POST"])
@changes_a_draft
def details(request: ScopedRequest, vendor: str, playbook: int) -> HttpResponse:
    """Name, summary, goal hint and languages of the draft."""
    draft = draft_of(request, playbook)
    if not request.member.may_act:
        return redirect("desk-playbook", vendor=vendor, playbook=playbook)
    form = PlaybookForm(request.POST or None, version=draft)
    if request.method == "POST" and form.is_valid():
        describe(version=draft, texts=form.texts(), languages=form.chosen(), by=request.user, now=clock.now())
        return redirect("desk-playbook", vendor=vendor, playbook=playbook)
    name = draft.text("name", reading_language(draft)) or draft.playbook.slug
    page = {"playbook": draft.playbook, "form": form, "name": name}
    return render(request, "desk/playbooks/details.html", page, status=422 if form.errors else 200)
