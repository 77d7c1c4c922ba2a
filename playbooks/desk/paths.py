"""When a step comes: a page of its own beside the step's."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.desk.gone import says_who_removed_it
from playbooks.desk.meanwhile import kept_in_words
from playbooks.desk.path_forms import PathForm, known_of, mates_of
from playbooks.desk.scope import changes_a_draft, languages_shown, reading_language, step_of
from playbooks.models import Step
from playbooks.paths.editing import PathSavedMeanwhile, save_path
from playbooks.paths.telling import told


@require_http_methods(["GET", "HEAD", "POST"])
@says_who_removed_it
@changes_a_draft
def step_path(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    found = step_of(request, playbook, step)
    if not found.version.is_draft or not request.member.may_act:
        return redirect("desk-playbook-preview", vendor=vendor, playbook=playbook, step=step)
    form = _form(request, found, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, form, status=422 if form.errors else 200)
    try:
        seen = form.cleaned_data["seen"]
        kept = save_path(step=found, path=form.path(), seen=seen, by=request.user, now=clock.now())
    except PathSavedMeanwhile as meanwhile:
        return _conflict(request, meanwhile)
    said = kept_in_words(kept, found.version.languages, reader=request.user)
    messages.success(request, f"{_('Saved.')} {said}".strip())
    return redirect("desk-playbook-step", vendor=vendor, playbook=playbook, step=step)


def _conflict(request: ScopedRequest, meanwhile: PathSavedMeanwhile) -> HttpResponse:
    """What was typed, and above it what stands there now; saving again is then meant."""
    data, current = request.POST.copy(), meanwhile.current
    data["seen"] = meanwhile.seen
    saved = told(current, reading_language(current.version)) or [_("In its order.")]
    return _page(request, current, _form(request, current, data), status=409, saved=saved)


def _form(request: ScopedRequest, step: Step, data: Any) -> PathForm:
    language = reading_language(step.version)
    known = known_of(request.vendor)
    return PathForm(data, step=step, mates=mates_of(step, language), language=language, known=known)


def _page(
    request: ScopedRequest, found: Step, form: PathForm, *, status: int, saved: list[str] | None = None
) -> HttpResponse:
    page = {
        "playbook": found.version.playbook,
        "step": found,
        "title": found.title(reading_language(found.version)),
        "form": form,
        "saved": saved,
        **languages_shown(found.version),
    }
    return render(request, "desk/playbooks/path.html", page, status=status)
