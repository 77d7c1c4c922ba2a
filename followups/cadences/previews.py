"""Doors to a touch as one of the vendor's partners would read it."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from followups.cadences.naming import named
from followups.cadences.previewing import NobodyThere, NothingToWalk, Preview, first_partner, partners_called, preview
from followups.cadences.saying import offset_in_words, timing_of
from followups.cadences.scope import cadence_of, touch_of
from followups.models import Cadence
from followups.models.cadence import TouchRule
from partners import clock
from partners.models import Partner
from partners.paging import BIGGEST_KEY
from partners.places import LANGUAGES
from partners.scoping import ScopedRequest

# A mail brings its own styles and nothing else; it runs nothing, and nothing in it leads anywhere.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"


@dataclass(frozen=True)
class Asked:
    """What an address asks to see: a touch, as whom, in which language (empty: theirs)."""

    cadence: Cadence
    touch: TouchRule
    partner: Partner | None
    language: str

    @classmethod
    def read(cls, request: ScopedRequest, pk: int, kind: str) -> "Asked":
        cadence = cadence_of(request, pk)
        language = request.GET.get("language", "")
        chosen = language if language in dict(LANGUAGES) else ""
        return cls(cadence, touch := touch_of(cadence, kind), _partner(request, cadence, touch), chosen)

    def preview(self) -> Preview:
        if self.partner is None:
            raise NobodyThere
        return preview(
            touch=self.touch, cadence=self.cadence, partner=self.partner, language=self.language, now=clock.now()
        )


def _partner(request: ScopedRequest, cadence: Cadence, touch: TouchRule) -> Partner | None:
    wanted = request.GET.get("partner", "")
    if not wanted:
        return first_partner(request.vendor, cadence, to=touch.to)
    if not (wanted.isascii() and wanted.isdecimal()) or int(wanted) > BIGGEST_KEY:
        raise Http404
    return get_object_or_404(Partner.objects.of(request.vendor).select_related("manager__user", "sponsor"), pk=wanted)


@require_safe
def preview_page(request: ScopedRequest, vendor: str, pk: int, kind: str) -> HttpResponse:
    asked = Asked.read(request, pk, kind)
    shown, why_not = None, ""
    try:
        shown = asked.preview()
    except NobodyThere:
        why_not = _why_nobody(asked)
    except NothingToWalk:
        why_not = _("There is no published step yet that this mail could be about. Publish a playbook first.")
    words = request.GET.get("q", "").strip()[:200]
    page = {
        "cadence": asked.cadence,
        "named": named(asked.cadence, request.vendor),
        "touch": asked.touch,
        "when": offset_in_words(timing_of(asked.touch)),
        "partner": asked.partner,
        "preview": shown,
        "why_not": why_not,
        "languages": [(code, name) for code, name in LANGUAGES],
        "words": words,
        "found": partners_called(request.vendor, words),
        "may_edit": request.member.may_act and asked.cadence.has_draft and not asked.cadence.draft_inherits,
    }
    return render(request, "followups/cadences/preview.html", page)


def _why_nobody(asked: Asked) -> str:
    if asked.partner is None:
        return _("You have no partner yet whom this could go to. Accept one, and look again.")
    company = {"company": asked.partner.company}
    if asked.touch.to == "sponsor":
        return _("%(company)s has no sponsor with a contact, so this touch is left out there.") % company
    return _("%(company)s has nobody whom this could go to, so this touch is left out there.") % company


@require_safe
@xframe_options_sameorigin
def mail_body(request: ScopedRequest, vendor: str, pk: int, kind: str) -> HttpResponse:
    """The mail alone, shut off from the page around it."""
    asked = Asked.read(request, pk, kind)
    try:
        shown = asked.preview()
    except (NobodyThere, NothingToWalk) as nothing:
        raise Http404 from nothing
    if shown.mail is None:
        raise Http404
    response = HttpResponse(shown.mail.html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["Content-Language"] = shown.language or translation.get_language() or ""
    return response
