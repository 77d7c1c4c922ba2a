"""When a step comes: a page of its own beside the step's."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import clock
from partners.scoping import ScopedRequest
from playbooks.desk.condition_forms import Known
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
    if request.method != "POST":
        return _page(request, found, _form(found, None, known_of(request.vendor)), status=200)
    form = _form(found, request.POST, Known.ticked(request.POST))
    if not form.is_valid():
        form.offer(known_of(request.vendor), request.POST)
        return _page(request, found, form, status=422)
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
    form = _form(current, data, Known.ticked(data))
    form.offer(known_of(request.vendor), data)
    return _page(request, current, form, status=409, saved=saved)


def _form(step: Step, data: QueryDict | None, known: Known) -> PathForm:
    language = reading_language(step.version)
    form = PathForm(data, step=step, mates=mates_of(step, language), language=language, known=known)
    form.today = clock.now().date()
    return form


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
