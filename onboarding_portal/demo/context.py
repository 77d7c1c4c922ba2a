"""What the demo's strip shows on every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language, ngettext

from onboarding_portal.demo import clock
from onboarding_portal.demo.stories import VENDOR_ZONE as ZONE
from partners import clock as project_clock
from partners.zones import city_of


def strip(request: HttpRequest) -> dict[str, Any]:
    """One clock on every page, whoever looks: the vendor's, with its place."""
    return {
        "demo_now": project_clock.now(),
        "demo_zone": ZONE,
        "demo_place": city_of(ZONE.key, get_language() or "en"),
        "demo_ahead": _ahead_words(round(clock.offset().total_seconds() / 3600)),
    }


def _ahead_words(hours: int) -> str:
    if not hours:
        return ""
    if hours % 24:
        return ngettext("%(count)d hour ahead", "%(count)d hours ahead", hours) % {"count": hours}
    return ngettext("%(count)d day ahead", "%(count)d days ahead", hours // 24) % {"count": hours // 24}
