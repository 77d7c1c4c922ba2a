"""The time zones that people choose from: one for each clock, and one for each country, by region.

The IANA database knows 600 names. Many are old names of the same zone (US/Pacific), or of places that have kept the
same time as a larger neighbour for decades (Europe/Busingen). All of them are understood where they are written, in a
file or in the database; to choose from there are only those of ``zone1970.tab`` and the zone of each country.
"""

from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from partners import clock
from partners.countries import country_codes, folded, table, time_zone_of
from partners.places import time_zones

REGIONS: Final[dict[str, str | Promise]] = {
    "Europe": _("Europe"),
    "America": _("America"),
    "Asia": _("Asia"),
    "Africa": _("Africa"),
    "Australia": _("Australia"),
    "Pacific": _("Pacific"),
    "Atlantic": _("Atlantic"),
    "Indian": _("Indian Ocean"),
    "Antarctica": _("Antarctica"),
}
UNDER: Final = {"Arctic": "Europe"}
OLD_NAMES: Final = _("Older names")
UTC_REGION: Final = _("Without summer time")

Choice = tuple[str, str]
Group = tuple[str, list[Choice]]


def zone_choices(*, also: str = "", now: datetime | None = None) -> list[Group]:
    """For a select: by region, each zone with its city in the reader's language and what its clock says now.

    ``also`` is kept among them, whatever old name it is: who opens a form and saves it changes nothing.
    """
    now, language = now or clock.now(), get_language() or "en"
    groups: dict[str, list[Choice]] = {region: [] for region in REGIONS}
    for name in offered() | ({also} & time_zones() - {"UTC"}):
        region = name.split("/", maxsplit=1)[0]
        groups.setdefault(UNDER.get(region, region), []).append((name, city_of(name, language)))
    found: list[Group] = []
    for region, zones in groups.items():
        in_order = sorted(zones, key=lambda zone: folded(zone[1]))
        if in_order:
            choices = [(name, f"{city} ({offset_of(name, now)})") for name, city in in_order]
            found.append((str(REGIONS.get(region, OLD_NAMES)), choices))
    return [*found, (str(UTC_REGION), [("UTC", "UTC")])]


@cache
def offered() -> frozenset[str]:
    names = {line.split("\t")[2] for line in table("zone1970.tab")}
    names |= {time_zone_of(country) for country in country_codes()} - {""}
    return frozenset(names & time_zones())


@cache
def city_of(name: str, language: str) -> str:
    """What readers of a language call the place a zone is named for."""
    return str(get_timezone_location(ZoneInfo(name), locale=language, return_city=True))


def offset_of(name: str, now: datetime) -> str:
    """How far the clocks there are from UTC just now, such as UTC+5:30."""
    offset = now.astimezone(_zone(name)).utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def times_of(name: str, *, now: datetime) -> str:
    """In which zone a page tells its times, as a sentence: “Times are those of Berlin (UTC+1).”"""
    if name == "UTC":
        return gettext("Times are in UTC, without summer time.")
    city = city_of(name, get_language() or "en").rpartition("/")[2]  # of Argentina/Buenos Aires
    place = {"place": city, "offset": offset_of(name, now)}
    return gettext("Times are those of %(place)s (%(offset)s).") % place


@cache
def _zone(name: str) -> ZoneInfo:
    """Kept: zoneinfo itself remembers eight, and would read the others anew from the disk for each form."""
    return ZoneInfo(name)
