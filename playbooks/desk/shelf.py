"""All playbooks of a vendor, and three ways to a new one: copy a starter, start empty, load a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from partners import clock
from partners.countries import language_of
from partners.models import Vendor
from partners.places import language_name
from partners.scoping import ScopedRequest, for_those_who_act
from playbooks.desk.forms import LoadForm, NewPlaybookForm
from playbooks.duplicating import Loading, files_missing, store_second, what_loading_changes
from playbooks.editing import create_playbook
from playbooks.models import Playbook, PlaybookVersion
from playbooks.outline import PlaybookOutline
from playbooks.parsing import LARGEST_FILE
from playbooks.reading import CannotRead, Fault, read
from playbooks.starters import NoSuchStarter, available_starters, copy_starter
from playbooks.storing import store
from playbooks.texts import shortened


@dataclass(frozen=True)
class ShownPlaybook:
    playbook: Playbook
    walking: int
    published: PlaybookVersion | None
    draft: PlaybookVersion | None
    name: str
    summary: str


def _shelf(vendor: Vendor, language: str) -> list[ShownPlaybook]:
    """Two queries, however many playbooks there are."""
    playbooks: list[Any] = list(
        Playbook.objects.of(vendor)
        .in_use()
        .annotate(
            walking=Count("enrollments", filter=Q(enrollments__state="running")),
            draft_id=Subquery(_versions("draft").values("pk")[:1]),
            published_id=Subquery(_versions("published").order_by("-number").values("pk")[:1]),
        )
        .order_by("-is_default", "created_at", "pk")
    )
    wanted = {pk for playbook in playbooks for pk in (playbook.draft_id, playbook.published_id) if pk}
    versions = PlaybookVersion.objects.in_bulk(wanted)
    return [
        _shown(playbook, versions.get(playbook.draft_id), versions.get(playbook.published_id), language)
        for playbook in playbooks
    ]


def _versions(state: str) -> QuerySet[PlaybookVersion]:
    return PlaybookVersion.objects.filter(playbook=OuterRef("pk"), state=state).order_by()


def _shown(
    playbook: Any, draft: PlaybookVersion | None, published: PlaybookVersion | None, language: str
) -> ShownPlaybook:
    words = published or draft
    return ShownPlaybook(
        playbook=playbook,
        walking=playbook.walking,
        published=published,
        draft=draft,
        name=(words.text("name", language) if words else "") or playbook.slug,
        summary=words.text("summary", language) if words else "",
    )


def _starters(vendor: Vendor) -> list[dict[str, Any]]:
    """Each starter in the reader's language, and the vendor's own copy where there is one."""
    language = translation.get_language() or vendor.language
    likely = {vendor.language, language_of(vendor.country)}
    keys = [starter.key for starter in available_starters()]
    own = dict(Playbook.objects.of(vendor).filter(slug__in=keys).values_list("slug", "pk"))
    return [
        {
            "key": starter.key,
            "name": starter.text("name", language),
            "summary": starter.text("summary", language),
            "steps": starter.step_count,
            "minutes": starter.minutes,
            "languages": [
                {"code": code, "name": language_name(code), "is_likely": code in likely}
                for code in starter.outline.languages
            ],
            "own": own.get(starter.key),
        }
        for starter in available_starters()
    ]


@require_safe
def playbooks(request: ScopedRequest, vendor: str) -> HttpResponse:
    shelf = _shelf(request.vendor, translation.get_language() or request.vendor.language)
    page = {"shelf": shelf, "starters": _starters(request.vendor) if not shelf else []}
    return render(request, "desk/playbooks/shelf.html", page)


def _name(playbook: Playbook) -> str:
    version = playbook.published() or playbook.draft()
    return (version.text("name", translation.get_language() or "") if version else "") or playbook.slug


def _new_page(
    request: ScopedRequest,
    *,
    empty: forms.Form | None = None,
    load: forms.Form | None = None,
    faults: Sequence[Fault] = (),
    file: str = "",
    loading: Loading | None = None,
    content: str = "",
) -> HttpResponse:
    page = {
        "starters": _starters(request.vendor),
        "empty": empty or NewPlaybookForm(),
        "load": load or LoadForm(),
        "faults": faults,
        "file": file,
        "loading": loading,
        "content": content,
        "there": _name(loading.playbook) if loading else "",
    }
    refused = empty is not None or load is not None
    return render(request, "desk/playbooks/new.html", page, status=422 if refused else 200)


@require_safe
@for_those_who_act
def new(request: ScopedRequest, vendor: str) -> HttpResponse:
    return _new_page(request)


@require_POST
def copy(request: ScopedRequest, vendor: str, key: str) -> HttpResponse:
    languages = request.POST.getlist("languages")
    try:
        playbook = copy_starter(vendor=request.vendor, key=key, by=request.user, now=clock.now(), languages=languages)
    except NoSuchStarter as error:
        raise Http404 from error
    return redirect("desk-playbook", vendor=vendor, playbook=playbook.pk)


@require_POST
def start_empty(request: ScopedRequest, vendor: str) -> HttpResponse:
    form = NewPlaybookForm(request.POST)
    if not form.is_valid():
        return _new_page(request, empty=form)
    playbook = create_playbook(
        vendor=request.vendor,
        name=form.cleaned_data["name"],
        language=request.vendor.language,
        by=request.user,
        now=clock.now(),
    )
    return redirect("desk-playbook", vendor=vendor, playbook=playbook.pk)


@require_POST
def load(request: ScopedRequest, vendor: str) -> HttpResponse:
    """A file, or the text of one that was shown what it would change, and then what to do ``as``."""
    form = LoadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _new_page(request, load=form)
    content = form.content_sent(LARGEST_FILE)
    try:
        outline = read(content)
    except CannotRead as error:
        return _new_page(request, load=form, faults=error.faults, file=form.name())
    wanted = form.cleaned_data["as"]
    loading = what_loading_changes(outline, vendor=request.vendor)
    if loading and not wanted:
        return _loading_page(request, form, loading, content)
    return _store(request, outline, is_second=wanted == "second")


def _loading_page(request: ScopedRequest, form: LoadForm, loading: Loading, content: bytes) -> HttpResponse:
    return _new_page(request, load=form, loading=loading, content=content.decode("utf-8-sig"))


def _store(request: ScopedRequest, outline: PlaybookOutline, *, is_second: bool) -> HttpResponse:
    theirs = PlaybookVersion.objects.filter(playbook__vendor=request.vendor, playbook__slug=outline.key)
    known = set(theirs.values_list("pk", flat=True))
    into: dict[str, Any] = {"outline": outline, "vendor": request.vendor, "by": request.user, "now": clock.now()}
    version = store_second(**into) if is_second else store(**into, replace_draft=True)
    if version.is_draft and version.pk in known:
        messages.info(request, _("The file says exactly what your draft says, so nothing changed."))
    elif version.is_draft:
        messages.success(request, _("Loaded as a draft. Look it over, then publish it."))
    else:
        messages.info(request, _("The file says exactly what is published already, so nothing changed."))
    language = translation.get_language() or request.vendor.language
    missing = [
        _("“%(title)s”") % {"title": shortened(label)}
        for label in files_missing(outline, vendor=request.vendor, language=language)
    ]
    if missing:
        words = _("A playbook’s file has no attached files in it. Upload these again, each at its step: %(files)s")
        messages.warning(request, words % {"files": get_text_list(missing, _("and"))})
    return redirect("desk-playbook", vendor=request.vendor.slug, playbook=version.playbook_id)
