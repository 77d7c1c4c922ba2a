"""Doors to the rehearsal: of what is in force, and of a draft before it is published."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from followups.cadences.drafting import NoDraft
from followups.cadences.naming import named
from followups.cadences.publishing import ChangedMeanwhile, Changes, changes_of, fingerprint, publish
from followups.cadences.rehearsing import AHEAD, Change, Fate, Rehearsal, rehearse
from followups.cadences.saying import offset_in_words, recipient_in_words, timing_of, way_in_words
from followups.cadences.scope import cadence_of
from followups.cadences.telling import by_day, tell
from followups.models import Cadence
from followups.models.cadence import TouchRule
from partners import clock
from partners.scoping import ScopedRequest
from partners.zones import times_of

ROWS = 40
NOTHING_TO_PUBLISH = gettext_lazy(
    "Nothing was published: the draft is gone. It was published or thrown away meanwhile, perhaps in another tab. "
    "What you see here is in force."
)


@require_safe
def rehearsal(request: ScopedRequest, vendor: str) -> HttpResponse:
    """The next seven days as they will be if nobody does anything."""
    now = clock.now()
    return render(
        request,
        "followups/cadences/rehearsal.html",
        _shown(request, rehearse(vendor=request.vendor, now=now, until=now + AHEAD)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def publishing(request: ScopedRequest, vendor: str, pk: int) -> HttpResponse:
    """What the draft would bring in the next seven days; one button puts it into force."""
    found = cadence_of(request, pk)
    if request.method == "POST":
        return _publish(request, found)
    if not found.has_draft:
        messages.warning(request, _("There is no draft to publish any more. What you see here is in force."))
        return redirect("desk-followup-cadence", vendor=vendor, pk=pk)
    return _publish_page(request, found)


def _publish(request: ScopedRequest, found: Cadence) -> HttpResponse:
    slug = request.vendor.slug
    try:
        is_changed = publish(cadence=found, seen=request.POST.get("seen", ""), by=request.user, now=clock.now())
    except NoDraft:
        messages.warning(request, NOTHING_TO_PUBLISH)
        return redirect("desk-followup-cadence", vendor=slug, pk=found.pk)
    except ChangedMeanwhile:
        messages.warning(request, _("Not published yet: the draft was changed meanwhile. Look at what it says now."))
        return redirect("desk-followup-cadence-publish", vendor=slug, pk=found.pk)
    if not is_changed:
        messages.info(request, _("The draft said what was in force already. Nothing has changed."))
    elif found.draft_inherits:
        messages.success(request, _("Its own touches are gone. What was planned is being looked at anew."))
        return redirect("desk-followup-cadence-playbook", vendor=slug, playbook=found.playbook_id)
    else:
        messages.success(request, _("The cadence is in force. What was planned is being looked at anew."))
    return redirect("desk-followup-cadence", vendor=slug, pk=found.pk)


def _publish_page(request: ScopedRequest, found: Cadence) -> HttpResponse:
    now = clock.now()
    changes = changes_of(found)
    page = {
        "cadence": found,
        "named": named(found, request.vendor),
        "changes": _in_words(changes),
        "seen": fingerprint(found, changes),
        "may_edit": request.member.may_act,
        **_shown(
            request, rehearse(vendor=request.vendor, now=now, until=now + AHEAD, change=Change.of(found, changes))
        ),
    }
    return render(request, "followups/cadences/publish.html", page)


def _in_words(changes: Changes) -> list[tuple[str, str, str]]:
    """Icon, when and to whom of each touch that differs from what is in force."""
    groups = (("plus", changes.added), ("pencil", changes.changed), ("minus", changes.removed))
    return [(icon, offset_in_words(timing_of(touch)), _to_whom(touch)) for icon, touches in groups for touch in touches]


def _to_whom(touch: TouchRule) -> str:
    return " · ".join(filter(None, [recipient_in_words(touch), way_in_words(touch.channel)]))


def _shown(request: ScopedRequest, found: Rehearsal) -> dict[str, Any]:
    """Counts over all, and a page of the lines that are asked for."""
    chosen = request.GET.get("show", "")
    wanted = [line for line in found.lines if not chosen or line.fate == chosen]
    page = _number(request.GET.get("page", ""))
    shown = wanted[(page - 1) * ROWS : page * ROWS]
    language = translation.get_language() or request.vendor.language
    return {
        "rehearsal": found,
        "zone": times_of(timezone.get_current_timezone_name(), now=clock.now()),
        "counts": [(fate.value, fate.label, found.counts[fate]) for fate in Fate],
        "total": len(found.lines),
        "chosen": chosen if chosen in Fate.values else "",
        "days": by_day(tell(shown, found, vendor=request.vendor, language=language)),
        "previous": page - 1,
        "next": page + 1 if page * ROWS < len(wanted) else 0,
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 5 and int(text) else 1
