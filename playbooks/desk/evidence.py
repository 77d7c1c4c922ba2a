"""What a step asks for, at the desk: the list of its fields, and each on a page of its own."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.desk.autosaving import autosaved, is_autosave, nothing_saved
from playbooks.desk.evidence_forms import FieldForm, NewFieldForm
from playbooks.desk.gone import says_who_removed_it
from playbooks.desk.scope import changes_a_draft, languages_shown, reading_language, say_saved, step_of, whole_number
from playbooks.evidence.checking import of_evidence
from playbooks.evidence.editing import EVIDENCE, set_pass_mark
from playbooks.evidence.fields import Asked, Field, Kind
from playbooks.models import Step
from playbooks.parts import Gone, SavedMeanwhile, TooMany, fingerprint
from playbooks.texts import readers_first


def _address(request: ScopedRequest, step: Step, key: str = "") -> str:
    ids = [request.vendor.slug, step.version.playbook_id, step.pk]
    return reverse("desk-playbook-evidence-field", args=[*ids, key]) if key else reverse(LIST, args=ids)


LIST = "desk-playbook-evidence"


@require_http_methods(["GET", "HEAD", "POST"])
@says_who_removed_it
@changes_a_draft
def evidence(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    """The fields of a step in order; a POST adds one."""
    found = step_of(request, playbook, step)
    if not found.version.is_draft or not request.member.may_act:
        return redirect("desk-playbook-preview", vendor=vendor, playbook=playbook, step=step)
    form = NewFieldForm(request.POST or None, language=reading_language(found.version))
    if request.method == "POST" and form.is_valid():
        try:
            key = EVIDENCE.add(
                Field(key="", kind=form.cleaned_data["kind"], texts=form.texts()),
                step=found,
                count_before=whole_number(request.POST.get("count", "")),
                by=request.user,
                now=clock.now(),
            )
        except TooMany as refusal:
            messages.warning(request, str(refusal))
            return redirect(_address(request, found))
        return redirect(_address(request, found, key))
    return _list_page(request, found, form)


def _list_page(request: ScopedRequest, found: Step, form: NewFieldForm) -> HttpResponse:
    asked, language = Asked.of(found), reading_language(found.version)
    rows = [(field, field.label(language), Kind(field.kind).label) for field in asked.fields]
    page = {**_around(found), "form": form, "rows": rows, "questions": len(asked.questions)}
    return render(request, "desk/playbooks/evidence.html", page, status=422 if form.errors else 200)


def _around(found: Step) -> dict[str, Any]:
    title = found.title(reading_language(found.version))
    return {"playbook": found.version.playbook, "step": found, "title": title, **languages_shown(found.version)}


@require_http_methods(["GET", "HEAD", "POST"])
@says_who_removed_it
@changes_a_draft
def evidence_field(request: ScopedRequest, vendor: str, playbook: int, step: int, field: str) -> HttpResponse:
    found = step_of(request, playbook, step)
    if not found.version.is_draft and is_autosave(request):
        return nothing_saved()
    if not found.version.is_draft or not request.member.may_act:
        return redirect("desk-playbook-preview", vendor=vendor, playbook=playbook, step=step)
    current = _field_of(found, field)
    form = FieldForm(request.POST or None, field=current, languages=found.version.languages)
    if is_autosave(request):
        return autosaved(request, form, lambda: _autosave(request, found, form), over=(SavedMeanwhile, Gone))
    if request.method == "POST" and form.is_valid():
        return _save(request, found, form)
    return _field_page(request, found, form, status=422 if form.errors else 200)


def _field_of(found: Step, key: str) -> Field:
    field = next((each for each in Asked.of(found).fields if each.key == key), None)
    if field is None:
        raise Http404
    return field


def _save(request: ScopedRequest, found: Step, form: FieldForm) -> HttpResponse:
    seen = form.cleaned_data["seen"]
    try:
        EVIDENCE.save(form.changed_field(), step=found, seen=seen, by=request.user, now=clock.now())
    except SavedMeanwhile:
        found.refresh_from_db(fields=["evidence"])
        return _conflict_page(request, found, _field_of(found, form.field.key))
    except Gone as gone:
        messages.warning(request, gone.message)
        return redirect(_address(request, found))
    found.refresh_from_db(fields=["evidence", "pass_mark"])
    gaps = of_evidence(Asked.of(found), found.who, readers_first(found.version.languages))
    say_saved(request, [gap.message for gap in gaps if gap.blocks and gap.key == form.field.key])
    return redirect(_address(request, found))


def _autosave(request: ScopedRequest, found: Step, form: FieldForm) -> dict[str, Any]:
    seen = form.cleaned_data["seen"]
    saved = EVIDENCE.save(form.changed_field(), step=found, seen=seen, by=request.user, now=clock.now())
    return {"seen": fingerprint(saved)}


def _conflict_page(request: ScopedRequest, found: Step, current: Field) -> HttpResponse:
    """The form with what was typed, and what was saved beside it; saving again is then meant."""
    data = request.POST.copy()
    data["seen"] = fingerprint(current)
    mine = FieldForm(data, field=current, languages=found.version.languages)
    theirs = FieldForm(field=current, languages=found.version.languages)
    saved = [
        (theirs.label_of(name), theirs[name].value())
        for name in theirs.fields
        if name != "seen" and str(theirs[name].value() or "").split() != str(mine[name].value() or "").split()
    ]
    return _field_page(request, found, mine, status=409, saved=saved)


def _field_page(
    request: ScopedRequest, found: Step, form: FieldForm, *, status: int, saved: list[tuple[str, Any]] | None = None
) -> HttpResponse:
    label = form.field.label(reading_language(found.version))
    page = {**_around(found), "form": form, "field": form.field, "label": label, "saved": saved}
    return render(request, "desk/playbooks/evidence_field.html", page, status=status)


@require_POST
@changes_a_draft
def evidence_removed(request: ScopedRequest, vendor: str, playbook: int, step: int, field: str) -> HttpResponse:
    found = step_of(request, playbook, step)
    EVIDENCE.remove(field, step=found, by=request.user, now=clock.now())
    return redirect(_address(request, found))


@require_POST
@changes_a_draft
def evidence_moved(request: ScopedRequest, vendor: str, playbook: int, step: int, field: str) -> HttpResponse:
    """``place`` is where to, from 0."""
    found = step_of(request, playbook, step)
    if "place" in request.POST:
        place = whole_number(request.POST["place"])
        try:
            EVIDENCE.place(field, place, step=found, by=request.user, now=clock.now())
        except Gone as gone:
            messages.warning(request, gone.message)
    return redirect(_address(request, found))


@require_POST
@changes_a_draft
def pass_mark(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    """How many questions must be right; the list of numbers has no more than there are questions."""
    found = step_of(request, playbook, step)
    mark = whole_number(request.POST.get("pass_mark", "0"))
    if mark > len(Asked.of(found).questions):
        raise Http404
    set_pass_mark(step=found, pass_mark=mark, by=request.user, now=clock.now())
    messages.success(request, _("Saved."))
    return redirect(_address(request, found))
