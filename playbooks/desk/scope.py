"""From an address to a playbook and its parts, never outside the vendor who asks."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from partners.places import language_name
from partners.scoping import ScopedRequest
from playbooks.editing import TooLong
from playbooks.models import Playbook, PlaybookVersion, Stage, Step
from playbooks.models.playbook import PublishedNeverChanges


def playbook_of(request: ScopedRequest, pk: int) -> Playbook:
    return get_object_or_404(Playbook.objects.of(request.vendor).select_related("vendor"), pk=pk)


def draft_of(request: ScopedRequest, pk: int) -> PlaybookVersion:
    """The draft of a playbook. Raises PublishedNeverChanges where there is none: it was published meanwhile."""
    playbook = playbook_of(request, pk)
    draft = playbook.draft()
    if draft is None:
        raise PublishedNeverChanges
    draft.playbook = playbook
    return draft


def version_of(request: ScopedRequest, pk: int, number: int) -> PlaybookVersion:
    playbook = playbook_of(request, pk)
    version = get_object_or_404(PlaybookVersion, playbook=playbook, number=number)
    version.playbook = playbook
    return version


def stage_of(request: ScopedRequest, playbook: int, pk: int) -> Stage:
    found = Stage.objects.select_related("version__playbook").filter(
        version__playbook=playbook, version__playbook__vendor=request.vendor
    )
    return get_object_or_404(found, pk=pk)


def step_of(request: ScopedRequest, playbook: int, pk: int) -> Step:
    found = Step.objects.select_related("stage", "version__playbook").filter(
        version__playbook=playbook, version__playbook__vendor=request.vendor
    )
    return get_object_or_404(found, pk=pk)


def whole_number(text: str) -> int:
    """A number that a form sent; anything else was not sent by our pages."""
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise Http404
    return int(text)


def reading_language(version: PlaybookVersion) -> str:
    """The reader's language where the version has it, else the version's first."""
    language = translation.get_language() or ""
    return language if language in version.languages else next(iter(version.languages), language)


def languages_shown(version: PlaybookVersion) -> dict[str, Any]:
    """What pages say about the languages a version has words in."""
    names = [language_name(code) for code in version.languages]
    return {"languages": get_text_list(names, _("and")), "one_language": len(names) < 2}


def page_of(request: ScopedRequest, version: PlaybookVersion) -> str:
    """The address of the page that shows this version."""
    if version.is_draft:
        return reverse("desk-playbook", args=[request.vendor.slug, version.playbook_id])
    return reverse("desk-playbook-version", args=[request.vendor.slug, version.playbook_id, version.number])


def to_playbook(request: ScopedRequest, playbook: int) -> HttpResponse:
    """To the whole page of the playbook, also where htmx asked for a part of it."""
    page = reverse("desk-playbook", args=[request.vendor.slug, playbook])
    if request.htmx:
        return HttpResponseClientRedirect(page)
    return redirect(page)


def say_saved(request: ScopedRequest, gaps: Iterable[str]) -> None:
    """What is saved like this and could not be published like this is said at once."""
    missing = list(gaps)
    if missing:
        words = _("Saved, but it cannot be published like this: %(gaps)s")
        messages.warning(request, words % {"gaps": " ".join(missing)})
    else:
        messages.success(request, _("Saved."))


def changes_a_draft(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """When the draft was published or is full meanwhile, say so on the playbook's page."""

    @wraps(view)
    def door(request: ScopedRequest, vendor: str, playbook: int, **ids: int) -> HttpResponse:
        try:
            return view(request, vendor=vendor, playbook=playbook, **ids)
        except (PublishedNeverChanges, TooLong) as refusal:
            playbook_of(request, playbook)
            messages.warning(request, refusal.message)
            return to_playbook(request, playbook)

    return door
