"""A step's resources at the desk: the list of them, and each on a page of its own."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.desk.gone import says_who_removed_it
from playbooks.desk.resource_forms import NewResourceForm, ResourceForm
from playbooks.desk.scope import changes_a_draft, languages_shown, reading_language, step_of, whole_number
from playbooks.models import Step, StoredFile
from playbooks.parts import Gone, SavedMeanwhile, TooMany, fingerprint
from playbooks.resources.editing import RESOURCES, save_resource
from playbooks.resources.items import Kind, Resource, files_of, resources_of


def _address(request: ScopedRequest, step: Step, key: str = "") -> str:
    ids = [request.vendor.slug, step.version.playbook_id, step.pk]
    if key:
        return reverse("desk-playbook-resource", args=[*ids, key])
    return reverse("desk-playbook-resources", args=ids)


@require_http_methods(["GET", "HEAD", "POST"])
@says_who_removed_it
@changes_a_draft
def resources(request: ScopedRequest, vendor: str, playbook: int, step: int) -> HttpResponse:
    """The resources of a step in order; a POST adds one."""
    found = step_of(request, playbook, step)
    if not found.version.is_draft or not request.member.may_act:
        return redirect("desk-playbook-preview", vendor=vendor, playbook=playbook, step=step)
    language = reading_language(found.version)
    form = NewResourceForm(request.POST or None, language=language)
    if request.method == "POST" and form.is_valid():
        return _add(request, found, form)
    rows = [(each, each.label(language), Kind(each.kind).label) for each in resources_of(found)]
    page = {**_around(found), "form": form, "rows": rows}
    return render(request, "desk/playbooks/resources.html", page, status=422 if form.errors else 200)


def _add(request: ScopedRequest, found: Step, form: NewResourceForm) -> HttpResponse:
    try:
        key = RESOURCES.add(
            Resource("", form.cleaned_data["kind"], form.texts()),
            step=found,
            count_before=whole_number(request.POST.get("count", "")),
            by=request.user,
            now=clock.now(),
        )
    except TooMany as refusal:
        messages.warning(request, str(refusal))
        return redirect(_address(request, found))
    return redirect(_address(request, found, key))


def _around(found: Step) -> dict[str, Any]:
    title = found.title(reading_language(found.version))
    return {"playbook": found.version.playbook, "step": found, "title": title, **languages_shown(found.version)}


@require_http_methods(["GET", "HEAD", "POST"])
@says_who_removed_it
@changes_a_draft
def resource(request: ScopedRequest, vendor: str, playbook: int, step: int, resource: str) -> HttpResponse:
    found = step_of(request, playbook, step)
    if not found.version.is_draft or not request.member.may_act:
        return redirect("desk-playbook-preview", vendor=vendor, playbook=playbook, step=step)
    current = _resource_of(found, resource)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = _form(request, found, current, *sent)
    if request.method == "POST" and form.is_valid():
        return _save(request, found, form)
    return _page(request, found, form, status=422 if form.errors else 200)


def _resource_of(found: Step, key: str) -> Resource:
    resource = next((each for each in resources_of(found) if each.key == key), None)
    if resource is None:
        raise Http404
    return resource


def _form(request: ScopedRequest, found: Step, current: Resource, data: Any = None, files: Any = None) -> ResourceForm:
    kept = StoredFile.objects.of(request.vendor).filter(key__in=list(files_of([current])))
    names = dict(kept.values_list("key", "name"))
    return ResourceForm(data, files, resource=current, languages=found.version.languages, names=names)


def _save(request: ScopedRequest, found: Step, form: ResourceForm) -> HttpResponse:
    try:
        save_resource(
            step=found,
            resource=form.changed_resource(),
            files=form.files_sent(),
            seen=form.cleaned_data["seen"],
            by=request.user,
            now=clock.now(),
        )
    except SavedMeanwhile:
        found.refresh_from_db(fields=["resources"])
        current, data = _resource_of(found, form.resource.key), request.POST.copy()
        data["seen"] = fingerprint(current)
        theirs = [words for said in current.texts.values() for words in said.items() if words[0] != "file"]
        mine = _form(request, found, current, data)
        return _page(request, found, mine, status=409, saved=[text for _name, text in theirs])
    except Gone as gone:
        messages.warning(request, gone.message)
        return redirect(_address(request, found))
    messages.success(request, _("Saved."))
    return redirect(_address(request, found))


def _page(
    request: ScopedRequest, found: Step, form: ResourceForm, *, status: int, saved: list[str] | None = None
) -> HttpResponse:
    label = form.resource.label(reading_language(found.version))
    files_at = reverse("desk-file", args=[request.vendor.slug, "-"]).removesuffix("-/")
    page = {**_around(found), "form": form, "resource": form.resource, "label": label, "saved": saved}
    return render(request, "desk/playbooks/resource.html", {**page, "files_at": files_at}, status=status)


@require_POST
@changes_a_draft
def resource_removed(request: ScopedRequest, vendor: str, playbook: int, step: int, resource: str) -> HttpResponse:
    found = step_of(request, playbook, step)
    RESOURCES.remove(resource, step=found, by=request.user, now=clock.now())
    return redirect(_address(request, found))


@require_POST
@changes_a_draft
def resource_moved(request: ScopedRequest, vendor: str, playbook: int, step: int, resource: str) -> HttpResponse:
    """``place`` is where to, from 0."""
    found = step_of(request, playbook, step)
    if "place" in request.POST:
        place = whole_number(request.POST["place"])
        try:
            RESOURCES.place(resource, place, step=found, by=request.user, now=clock.now())
        except Gone as gone:
            messages.warning(request, gone.message)
    return redirect(_address(request, found))
