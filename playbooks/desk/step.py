"""One step: its form, and what is done with it."""

from secrets import token_hex
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.copying import copy_step
from playbooks.desk.autosaving import autosaved, is_autosave
from playbooks.desk.changes import last_shown_of, shown_changes_of
from playbooks.desk.folds import folds, further_pages
from playbooks.desk.forms import StepForm
from playbooks.desk.gone import says_who_removed_it, step_gone, there_or_again
from playbooks.desk.looking import Look
from playbooks.desk.meanwhile import (
    Conflict,
    against_who,
    brought,
    conflict_of,
    kept_in_words,
    older_in_words,
    torn_in_words,
)
from playbooks.desk.scope import changes_a_draft, languages_shown, reading_language, step_of, whole_number
from playbooks.editing import Saved, SavedMeanwhile, remove_step, save_step
from playbooks.merging import fingerprint
from playbooks.models import Comment, Step
from playbooks.models.playbook import PublishedNeverChanges
from playbooks.signals import step_form_shown

# The buttons that save and go on, and where to.
FURTHER = {
    "preview": "desk-playbook-preview",
    "resources": "desk-playbook-resources",
    "path": "desk-playbook-path",
    "evidence": "desk-playbook-evidence",
    "offer": "desk-playbook-offer",
}
TAB_BYTES = 8


@require_http_methods(["GET", "HEAD", "POST"])
@says_who_removed_it
def step(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    if request.method == "POST":
        found = there_or_again(request, playbook, step)
        if found is None:
            return step_gone(request, playbook)
        return _autosave(request, found) if is_autosave(request) else _save(request, found)
    found = step_of(request, playbook, step)
    if not found.version.is_draft or not request.member.may_act:
        return redirect("desk-playbook-preview", vendor=vendor, playbook=playbook, step=step)
    form = StepForm(step=found, languages=found.version.languages, seen=fingerprint(found))
    return _form_page(request, found, form)


def _save(request: ScopedRequest, found: Step) -> HttpResponse:
    form = StepForm(request.POST, step=found, languages=found.version.languages, seen=fingerprint(found))
    if not form.is_valid():
        return _form_page(request, found, form, status=422)
    try:
        saved = _write(request, found, form)
    except SavedMeanwhile as meanwhile:
        both, conflict = conflict_of(request, meanwhile, reader=request.user)
        return _form_page(request, meanwhile.current, both, status=409, conflict=conflict)
    except PublishedNeverChanges:
        return _form_page(request, found, form, status=409, published=True)
    further = next((page for name, page in FURTHER.items() if name in request.POST), "")
    kept = kept_in_words(saved.kept, found.version.languages, reader=request.user)
    against = against_who(saved.step)
    if not further or saved.is_changed or kept:
        messages.success(request, " ".join(filter(None, (str(_("Saved.")), kept, against))))
    if kept and not further:  # here both stand together
        further = "desk-playbook-step"
    if further:
        return redirect(further, request.vendor.slug, found.version.playbook_id, found.pk)
    editor = reverse("desk-playbook", args=[request.vendor.slug, found.version.playbook_id])
    return redirect(f"{editor}#step-{found.pk}")


def _write(request: ScopedRequest, found: Step, form: StepForm) -> Saved:
    return save_step(
        step=found,
        said=form.said(),
        seen=form.cleaned_data["seen"],
        by=request.user,
        now=clock.now(),
        tab=_tab(request),
    )


def _tab(request: ScopedRequest) -> str:
    """What tells this open form from others; one that sends none is nobody's."""
    tab = request.POST.get("tab", "")
    return tab if len(tab) <= 2 * TAB_BYTES and tab.isalnum() else ""


def _autosave(request: ScopedRequest, found: Step) -> JsonResponse:
    languages = found.version.languages
    form = StepForm(request.POST, step=found, languages=languages, seen=fingerprint(found))

    def write() -> dict[str, Any]:
        saved = _write(request, found, form)
        last = last_shown_of(saved.step, reading_language(found.version))
        undo = {"undo": {"change": last.pk, "made": last.made, "said": last.said, "by": last.by}} if last else {}
        more = f"{kept_in_words(saved.kept, languages, reader=request.user)} {against_who(saved.step)}".strip()
        # ``seen`` is not what stands there now, but what this form shows: where it goes on without what is ``brought``,
        # the next save keeps the same again.
        return {"seen": saved.seen, "more": more, **undo, **_brought(request, saved, languages)}

    def in_words(refusal: Exception) -> str:
        torn = refusal.torn if isinstance(refusal, SavedMeanwhile) else ()
        return torn_in_words(torn, languages, reader=request.user) if torn else ""

    return autosaved(request, form, write, over=(SavedMeanwhile,), in_words=in_words)


def _brought(request: ScopedRequest, saved: Saved, languages: list[str]) -> dict[str, Any]:
    if not saved.kept:
        return {}
    seen = fingerprint(saved.step)
    theirs = StepForm(step=saved.step, languages=languages, seen=seen)
    return {"brought": {"fields": brought(request.POST, theirs, saved.kept), "seen": seen}}


def _form_page(
    request: ScopedRequest,
    found: Step,
    form: StepForm,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
    published: bool = False,
) -> HttpResponse:
    language = reading_language(found.version)
    form.older = older_in_words(found)
    page = {
        "playbook": found.version.playbook,
        "step": found,
        "title": found.title(language),
        "stage_title": found.stage.title(language),
        "form": form,
        "changes": shown_changes_of(found, language),
        "tab": _tab(request) or token_hex(TAB_BYTES),
        "folds": list(folds(form, language)),
        "further": further_pages(found, language),
        **languages_shown(found.version),
        "may_edit": True,
        "conflict": conflict,
        "step_count": found.version.steps.count(),
        "elsewhere": [(stage.pk, stage.title(language)) for stage in found.version.stages.exclude(pk=found.stage_id)],
        "comments": _comments(found),
        "unsent_comment": request.session.pop("unsent_comment", ""),
        "was_published": published,
        "look": Look.asked(request, found),
        "parts": [part for _receiver, part in step_form_shown.send(sender=Step, step=found, language=language) if part],
    }
    return render(request, "desk/playbooks/step.html", page, status=status)


def _comments(found: Step) -> list[Comment]:
    """The open ones first, each in the order of time."""
    about = Comment.objects.filter(playbook=found.version.playbook_id, step=found.key)
    return sorted(
        about.select_related("made_by", "settled_by").order_by("pk"), key=lambda each: each.settled_at is not None
    )


@require_POST
@changes_a_draft
def step_copied(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    count = whole_number(request.POST.get("count") or "0")
    copy = copy_step(step=step_of(request, playbook, step), count_before=count, by=request.user, now=clock.now())
    messages.success(request, _("The step is there twice. This is the second one."))
    return redirect("desk-playbook-step", vendor=vendor, playbook=playbook, step=copy.pk)


@require_POST
@changes_a_draft
def step_removed(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    found = step_of(request, playbook, step)
    remove_step(step=found, by=request.user, now=clock.now())
    messages.success(request, _("The step is gone from this draft."))
    return redirect(reverse("desk-playbook", args=[vendor, playbook]) + f"#stage-{found.stage_id}")
