"""All partners of a vendor: found by filter and search, paged by key, quick at any number."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from followups.dashboards.counting import Count, partners_of
from followups.dashboards.lookups import Staff, stage_choices
from followups.dashboards.starting import newest, start_address
from followups.dashboards.wording import lines_for
from followups.models import Standing
from followups.models.silence import SilenceKind
from followups.models.standing import StandingQuerySet
from followups.starting import waiting_of
from partners import clock
from partners.models import Member, Vendor
from partners.paging import By, Page, key, page_of
from partners.scoping import ScopedRequest
from playbooks.models import PlaybookVersion, Stage

ROWS = 50
ALPHABET = (By("company_key"), By("partner_id", key))
ZERO_ACTIVITY = "zero"
ANY_SILENCE = "any"
NO_PLAYBOOK = "-"  # as a stage; a stage's own key has letters


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; what makes no sense is left out, not an error."""

    silence: str
    stage: str
    manager: int | None
    sponsor_key: int | None  # a sponsor that was linked to
    sponsor: str  # one that was typed
    words: str

    @classmethod
    def read(cls, query: QueryDict) -> "Wanted":
        silence = query.get("silence", "")
        known = {ANY_SILENCE, ZERO_ACTIVITY, *SilenceKind.values}
        return cls(
            silence=silence if silence in known else "",
            stage=_words(query.get("stage", "")),
            manager=_key(query.get("manager", "")),
            sponsor_key=_key(query.get("sponsor", "")),
            sponsor=_words(query.get("sponsor", "")),
            words=_words(query.get("q", "")),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.silence or self.stage or self.sponsor or self.words) or self.manager is not None


def _key(text: str) -> int | None:
    try:
        return key(text)
    except ValueError:
        return None


def _words(text: str) -> str:
    return text.replace("\0", "").strip()[:200]


def selected(vendor: Vendor, wanted: Wanted) -> StandingQuerySet:
    """The standings of ``vendor`` that match everything wanted."""
    rows = Standing.objects.of(vendor)
    if wanted.silence == ZERO_ACTIVITY:
        rows = rows.never_acted()
    elif wanted.silence:
        rows = rows.silent("" if wanted.silence == ANY_SILENCE else wanted.silence)
    if wanted.stage == NO_PLAYBOOK:
        rows = rows.walking_nothing()
    elif wanted.stage:
        rows = rows.filter(stage__in=list(_stages(vendor).filter(key=wanted.stage).values_list("pk", flat=True)))
    if wanted.manager is not None:
        rows = rows.filter(manager=wanted.manager)
    if wanted.sponsor_key is not None:
        rows = rows.filter(sponsor=wanted.sponsor_key)
    elif wanted.sponsor:
        sponsors = Standing.objects.of(vendor).matching(wanted.sponsor)
        rows = rows.filter(sponsor__in=sponsors.values("partner_id"))
    return rows.matching(wanted.words)


def _stages(vendor: Vendor) -> Any:
    return Stage.objects.filter(version__playbook__vendor=vendor, version__state=PlaybookVersion.State.PUBLISHED)


def _sponsor_name(vendor: Vendor, wanted: Wanted) -> str:
    """What stands in the filter: a sponsor that was linked to by its key is shown by its name."""
    if wanted.sponsor_key is None:
        return wanted.sponsor
    return Standing.objects.of(vendor).filter(pk=wanted.sponsor_key).values_list("company", flat=True).first() or ""


@require_safe
def partners(request: ScopedRequest, vendor: str) -> HttpResponse:
    language = get_language() or "en"
    wanted = Wanted.read(request.GET)
    rows = selected(request.vendor, wanted).for_lists()
    page = page_of(rows, ALPHABET, request=request, size=ROWS)
    staff = Staff.of(request.vendor)
    context: dict[str, Any] = {
        "wanted": wanted,
        "page": page,
        "export_address": _export_address(request),
        "found": _found(request.vendor, wanted, page),
        **(_offer(request, wanted) if wanted.stage == NO_PLAYBOOK and request.member.may_act else {}),
        "lines": lines_for(
            page.rows,
            managers=staff.names,
            desk=reverse("desk-partners", args=[vendor]),
            language=language,
            now=clock.now(),
        ),
    }
    template = "desk/partner_rows.html"
    if not _wants_rows(request):
        template = "desk/partners.html"
        context |= {
            "sponsor_name": _sponsor_name(request.vendor, wanted),
            "silences": [*SilenceKind.choices],
            "stages": [*stage_choices(request.vendor, language), (NO_PLAYBOOK, _("No playbook yet"))],
            "managers": staff.leaders,
        }
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _found(vendor: Vendor, wanted: Wanted, page: Page[Standing]) -> str:
    """How many there are, in words: all of them exactly, those that a filter leaves as far as this page knows."""
    if not wanted.is_filtered:
        count = partners_of(vendor)
        return ngettext("%(count)s partner", "%(count)s partners", count) % {"count": count}
    if page.previous or page.next:
        return _("More than %(count)s partners fit") % {"count": ROWS}
    count = Count(len(page.rows))
    return ngettext("%(count)s partner fits", "%(count)s partners fit", count) % {"count": count}


def _export_address(request: ScopedRequest) -> str:
    """The same filters, without the place in the list."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    return f"{reverse('desk-partners-export', args=[request.vendor.slug])}?{query.urlencode()}"


def _offer(request: ScopedRequest, wanted: Wanted) -> dict[str, Any]:
    """How many a playbook can be started for, whatever else but the manager is filtered, and where that is done."""
    manager = Member.objects.filter(vendor=request.vendor, pk=wanted.manager).first() if wanted.manager else None
    if wanted.manager is not None and manager is None:
        return {}
    return {
        "waiting": Count(waiting_of(request.vendor, manager).order_by().count()),
        "start_address": start_address(request.vendor, manager),
        "may_start": bool(newest(request.vendor)),
    }


def _wants_rows(request: ScopedRequest) -> bool:
    """htmx asks for the rows alone; after a "back" that its cache cannot answer it asks for the whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request
