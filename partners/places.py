"""Languages, countries and time zones: what may be written, and what is guessed from a country."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

# The one list of them, each in its own name: settings.LANGUAGES is this one.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]


def language_name(code: str) -> str:
    """What the reader calls a language, for a sentence; lists to choose from show each language's own name."""
    return str(gettext(get_language_info(code)["name"])) if code in dict(LANGUAGES) else code


@cache
def time_zones() -> frozenset[str]:
    """Every IANA zone a person may live in: region/city names and UTC, none of the legacy aliases."""
    return frozenset(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")) | {"UTC"}


def validate_time_zone(value: str) -> None:
    """Refuse a name that is no IANA time zone, when it is written, not when a reminder falls due."""
    if value not in time_zones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Choose one such as Europe/Berlin."), params={"value": value}, code="zone"
        )


def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
