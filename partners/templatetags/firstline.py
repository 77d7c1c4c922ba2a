"""Template tags that every page has without loading them."""

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from partners import clock, own_words
from partners.isolating import isolated
from partners.places import language_name
from partners.zones import city_of

register = template.Library()
MINUTE, DAY = 60, 24 * 60 * 60  # in seconds
DAYS_IN_WORDS = 90  # longer ago is told in months, then in years
MONTHS_IN_WORDS = 24


@cache
def _drawing(name: str) -> str:
    source = (Path(settings.ICONS_DIR) / f"{name}.svg").read_text(encoding="utf-8")
    inner = source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")]
    return " ".join(inner.split())


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """One of Tabler's outline icons, drawn in the text's colour; decoration only, hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        css,
        mark_safe(_drawing(name)),  # noqa: S308 - our own icon package, no user text
    )


@register.filter
def isolate(name: Any) -> str:
    """``{{ partner.company|isolate }}``: a name among other words, whichever way it is written."""
    return isolated(str(name))


register.filter(language_name)  # {{ row.language|language_name }}: what the reader calls it


@register.filter
def zone_city(name: str) -> str:
    """``{{ partner.zone_name|zone_city }}``: the place a time zone is named for, as the reader calls it."""
    return city_of(name, get_language() or "en")


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago, in the words a person would use: "3 hours ago", "yesterday", "12 days ago"."""
    if moment is None:
        return ""
    return since_words(moment, now=clock.now())


def since_words(moment: datetime, *, now: datetime) -> str:
    """As ``ago``, for a list that is drawn at one ``now``."""
    passed = (now - moment).total_seconds()
    language = get_language() or "en"
    if passed < DAY:
        return _hours_ago(language, int(passed // MINUTE))
    zone = timezone.get_current_timezone()
    return _days_ago(language, (now.astimezone(zone).date() - moment.astimezone(zone).date()).days)


@lru_cache(maxsize=1024)
def _hours_ago(language: str, minutes: int) -> str:
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}


@lru_cache(maxsize=1024)
def _days_ago(language: str, days: int) -> str:
    if days <= 1:
        return _("yesterday")
    if days < DAYS_IN_WORDS:
        return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    months = days * 12 // 365
    if months < MONTHS_IN_WORDS:
        return ngettext("%(count)d month ago", "%(count)d months ago", months) % {"count": months}
    return ngettext("%(count)d year ago", "%(count)d years ago", months // 12) % {"count": months // 12}


@register.filter
def paragraphs(text: str) -> list[str]:
    """What stands between blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


@register.filter
def quoted(text: str) -> str:
    """Somebody's own words, in the quotation marks of the reader's language."""
    return own_words.quoted(text)


@register.filter
def own_words_quoted(text: str) -> SafeString:
    """As ``quoted``, where a page has room for it: with line breaks and links."""
    return own_words.shown(own_words.quoted(text.strip()))


register.filter("own_words", own_words.shown)


@register.filter
def moment(value: datetime | None) -> str:
    """A point in time in the reader's zone and format, such as "Mon 4 May, 09:30"."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{formats.date_format(local, 'SHORT_DATE_FORMAT')} {formats.time_format(local, 'TIME_FORMAT')}"


@register.filter
def in_zone(value: datetime | None, zone: ZoneInfo) -> str:
    """A point in time where somebody else lives, such as "Tue 3 Mar 2026, 09:30"."""
    if value is None:
        return ""
    local = timezone.localtime(value, zone)
    day = f"{formats.date_format(local, 'D')} {formats.date_format(local, 'SHORT_DATE_FORMAT')}"
    return f"{day} {formats.time_format(local, 'H:i')}"


@register.filter
def in_language(texts: Any, language: str) -> Any:
    """``{{ step.texts|in_language:LANGUAGE_CODE }}``: the texts in a language, else in the first there is."""
    return texts.get(language) or next(iter(texts.values()), {})


@register.simple_tag(takes_context=True)
def is_here(context: RequestContext, name: str) -> str:
    """``aria-current="page"`` when the current page belongs to the part of the site called ``name``."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match is not None and match.view_name.startswith(name)
    return mark_safe('aria-current="page"') if here else ""
