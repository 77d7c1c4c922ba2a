"""From an address to a cadence and its touches, never outside the vendor who asks."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation

from followups.cadences.drafting import NoDraft, TooMany
from followups.cadences.giving import touches_instead
from followups.engine.cadences import cadences_of
from followups.models import Cadence
from followups.models.cadence import TouchRule
from partners.models import Vendor
from partners.scoping import ScopedRequest
from playbooks.models import Playbook, PlaybookVersion


def cadence_of(request: ScopedRequest, pk: int) -> Cadence:
    cadence = get_object_or_404(Cadence.objects.of(request.vendor).select_related("playbook"), pk=pk)
    cadence.vendor = request.vendor
    return cadence


def touches_of(cadence: Cadence) -> list[TouchRule]:
    """As they will be where there is a draft, else as they are."""
    if cadence.draft_inherits:
        return list(touches_instead(cadence, cadences_of([cadence.vendor_id])))
    if cadence.has_draft:
        return list(cadence.draft_touches.all())
    return list(cadence.touches.filter(is_active=True))


def touch_of(cadence: Cadence, kind: str) -> TouchRule:
    found = next((touch for touch in touches_of(cadence) if touch.kind == kind), None)
    if found is None:
        raise Http404
    return found


def playbook_name(playbook: Playbook | None, vendor: Vendor) -> str:
    """Its newest name, in the reader's language."""
    if playbook is None:
        return ""
    version = playbook.published() or playbook.draft()
    return (version.text("name", translation.get_language() or vendor.language) if version else "") or playbook.slug


def named_playbooks(vendor: Vendor) -> list[tuple[Playbook, str]]:
    """Those in use with their newest names, in two queries however many there are."""
    versions = PlaybookVersion.objects.only("playbook", "number", "state", "texts", "languages").order_by("number")
    playbooks = Playbook.objects.of(vendor).in_use().prefetch_related(Prefetch("versions", queryset=versions))
    language = translation.get_language() or vendor.language
    return [
        (
            playbook,
            next(
                (name for one in reversed(playbook.versions.all()) if (name := one.text("name", language))),
                playbook.slug,
            ),
        )
        for playbook in playbooks.order_by("-is_default", "created_at", "pk")
    ]


def changes_a_draft(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """When the draft was published meanwhile or is full, say so on the cadence's page."""

    @wraps(view)
    def door(request: ScopedRequest, vendor: str, pk: int, **ids: str) -> HttpResponse:
        try:
            return view(request, vendor=vendor, pk=pk, **ids)
        except (NoDraft, TooMany) as refusal:
            messages.warning(request, str(refusal.message))
            return redirect("desk-followup-cadence", vendor=vendor, pk=cadence_of(request, pk).pk)

    return door
