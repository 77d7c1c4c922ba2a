"""Somebody removed the step, or the whole draft, while another wrote in its form: who, when, and the ways back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners import clock
from partners.isolating import isolated
from partners.models import AuditEntry
from partners.places import LANGUAGES
from partners.scoping import ScopedRequest
from playbooks.desk.forms import StepForm
from playbooks.desk.scope import reading_language, step_of, whole_number
from playbooks.editing import TooLong, add_step, save_step
from playbooks.merging import fingerprint
from playbooks.models import Playbook, PlaybookVersion, Step
from playbooks.undoing import NotTheLast, last_change, take_back

REMOVES_MORE = (
    "playbook.draft_discarded",
    "playbook.stage_removed",
    "playbook.taken_back",
    "playbook.redone",
    "playbook.loaded",
)

REMOVES_BY_NUMBER = ("playbook.step_removed", "playbook.stage_removed", "playbook.draft_discarded")
MOST_ENTRIES = 200
NOT_WORDS = ("csrfmiddlewaretoken", "draft", "seen", "tab", "count", "step_key", "playbook_key", "place")


@dataclass(frozen=True)
class Removal:
    by: str
    at: datetime
    is_draft: bool  # the draft as a whole
    key: str = ""  # of the step, where it was removed by itself


def there_or_again(request: ScopedRequest, playbook: int, pk: int) -> Step | None:
    """The step that a form was sent for. Taken out and put back it has another number, and the same key."""
    try:
        return step_of(request, playbook, pk)
    except Http404:
        draft = _draft(_playbook(request, playbook))
        key = request.POST.get("step_key", "")
        return draft.steps.select_related("stage", "version__playbook").filter(key=key).first() if draft else None


def _playbook(request: ScopedRequest, pk: int) -> Playbook | None:
    return Playbook.objects.of(request.vendor).select_related("vendor").filter(pk=pk).first()


def _draft(playbook: Playbook | None) -> PlaybookVersion | None:
    return playbook.draft() if playbook else None


def step_gone(request: ScopedRequest, pk: int) -> HttpResponse:
    """What was typed, to copy or to bring back. Raises Http404 where nobody removed anything."""
    playbook = _playbook(request, pk)
    removal = _removal(request)
    if removal is None:
        raise Http404
    draft = _draft(playbook)
    if "X-Autosave" in request.headers:
        return _said_to_autosave(removal)
    if draft and "back" in request.POST:
        return _bring_back(request, draft, removal)
    return _page(request, playbook, draft, removal)


def _removal(request: ScopedRequest) -> Removal | None:
    """The last time that it can have gone: by itself, with its stage, with the draft, or by an undo."""
    slug, key = request.POST.get("playbook_key", ""), request.POST.get("step_key", "")
    removed = Q(action="playbook.step_removed", data__step=key) | Q(action__in=REMOVES_MORE)
    entries = AuditEntry.objects.filter(removed, vendor=request.vendor, subject=slug).select_related("by")
    entry = entries.order_by("-at", "-pk").first() if slug and key else None
    if entry is None:
        return None
    return Removal(str(entry.by or ""), entry.at, entry.action == "playbook.draft_discarded")


def says_who_removed_it(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For the pages of a step: an address of one that was removed, still open somewhere, says so instead of 404."""

    @wraps(view)
    def door(request: ScopedRequest, vendor: str, playbook: int, step: int, **ids: Any) -> HttpResponse:
        try:
            return view(request, vendor=vendor, playbook=playbook, step=step, **ids)
        except Http404:
            removal = _removal_of(request, playbook, step)
            if removal is None:
                raise
            if "X-Autosave" in request.headers:
                return _said_to_autosave(removal)
            return _address_gone(request, playbook, removal)

    return door


def _removal_of(request: ScopedRequest, playbook: int, number: int) -> Removal | None:
    """Who removed the step of this number. Of a playbook that is gone too, only its entries are left."""
    found, removed = _playbook(request, playbook), AuditEntry.objects.filter(vendor=request.vendor)
    if found is not None:
        removed = removed.filter(subject=str(found), at__gte=found.created_at)
    entries = removed.filter(action__in=REMOVES_BY_NUMBER).select_related("by").order_by("-at", "-pk")[:MOST_ENTRIES]
    entry = next((each for each in entries if number in each.data.get("numbers", ())), None)
    if entry is None:
        return None
    return Removal(
        str(entry.by or ""), entry.at, entry.action == "playbook.draft_discarded", entry.data.get("step", "")
    )


def _address_gone(request: ScopedRequest, pk: int, removal: Removal) -> HttpResponse:
    """Without a form there is nothing to bring back but the step; a form's words are shown, to be copied."""
    playbook = _playbook(request, pk)
    words = [value for name, values in request.POST.lists() if name not in NOT_WORDS for value in values if value]
    page = {
        "playbook": playbook,
        "removal": removal,
        "texts": [("", value) for value in words],
        "was_there": True,
        "undo": _undo(_draft(playbook), removal.key) if removal.key else None,
    }
    return render(request, "desk/playbooks/step_gone.html", page, status=410)


def _said_to_autosave(removal: Removal) -> JsonResponse:
    names = {"by": isolated(removal.by), "time": date_format(timezone.localtime(removal.at), "TIME_FORMAT")}
    if removal.is_draft:
        said = _("%(by)s discarded this draft at %(time)s. Press Save: your text is kept, and you see the ways back.")
    else:
        said = _("%(by)s removed this step at %(time)s. Press Save: your text is kept, and you see the ways back.")
    return JsonResponse({"said": said % names, "over": True}, status=410)


def _bring_back(request: ScopedRequest, draft: PlaybookVersion, removal: Removal) -> HttpResponse:
    """``back`` is ``undo:<change>`` or ``new``, with ``stage`` as ``<stage>:<steps that were seen in it>``."""
    way, _rest, change = request.POST["back"].partition(":")
    form = StepForm(request.POST, step=Step(key="new"), languages=draft.languages, seen="")
    if not form.is_valid():
        return _page(request, draft.playbook, draft, removal, form=form)
    now = clock.now()
    try:
        if way == "undo":
            take_back(version=draft, change=whole_number(change), by=request.user, now=now)
            step = draft.steps.get(key=request.POST.get("step_key", ""))
        else:
            stage, _rest, count = request.POST.get("stage", "").partition(":")
            home = draft.stages.get(pk=whole_number(stage))
            step = add_step(stage=home, texts=form.texts(), count_before=whole_number(count), by=request.user, now=now)
        save_step(step=step, said=form.said(), seen=fingerprint(step), by=request.user, now=now)
    except (NotTheLast, TooLong, draft.stages.model.DoesNotExist, Step.DoesNotExist):
        return _page(request, draft.playbook, draft, removal, is_late=True)
    return redirect("desk-playbook-step", request.vendor.slug, draft.playbook_id, step.pk)


def _page(
    request: ScopedRequest,
    playbook: Playbook | None,
    draft: PlaybookVersion | None,
    removal: Removal,
    *,
    form: StepForm | None = None,
    is_late: bool = False,
) -> HttpResponse:
    languages = [code for code, _name in LANGUAGES if f"title_{code}" in request.POST]
    typed = StepForm(request.POST, step=Step(key="new"), languages=languages, seen="")
    texts = [(typed.label_of(name), typed[name].value()) for name in typed.fields if name.endswith(tuple(languages))]
    kept = [(name, value) for name, values in request.POST.lists() for value in values]
    page = {
        "playbook": playbook,
        "removal": removal,
        "texts": [(label, value) for label, value in texts if value],
        "kept": [(name, value) for name, value in kept if name not in ("csrfmiddlewaretoken", "back", "stage")],
        "undo": _undo(draft, request.POST.get("step_key", "")),
        "stages": _stages(draft) if draft else [],
        "form": form,
        "is_late": is_late,
    }
    return render(request, "desk/playbooks/step_gone.html", page, status=410)


def _undo(draft: PlaybookVersion | None, key: str) -> int | None:
    """The change to take back, where removing this step was the last one."""
    last = last_change(draft) if draft else None
    return last.pk if last and (last.action, last.subject) == ("step_removed", key) else None


def _stages(draft: PlaybookVersion) -> list[tuple[str, str]]:
    language = reading_language(draft)
    return [(f"{each.pk}:{each.steps.count()}", each.title(language)) for each in draft.stages.order_by("position")]
