"""Countries: their names in the reader's language, what people write for them, and what to guess from one.

Names and languages come from Unicode's CLDR (through Babel), codes and zones from the IANA time zone database.
"""

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from babel import Locale
from babel.languages import get_territory_language_info
from django.utils.translation.trans_real import parse_accept_lang_header

from partners.places import LANGUAGES, time_zones

# The zone most people live in, where the IANA list of a country starts with another one.
MOST_PEOPLE_LIVE_IN: Final = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}

ELSEWHERE: Final = "en"  # where few people know any of our languages

# What people write besides the names themselves; folded as ``folded`` does.
ALSO_CALLED: Final = {
    "brd": "DE",
    "bundesrepublik deutschland": "DE",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "grossbritannien": "GB",
    "uk": "GB",
    "u.k.": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "vereinigte staaten von amerika": "US",
    "czech republic": "CZ",
    "tschechische republik": "CZ",
    "turkey": "TR",
    "south korea": "KR",
    "russian federation": "RU",
}


@cache
def country_codes() -> frozenset[str]:
    """Every ISO 3166 code of two letters."""
    return frozenset(line.split("\t")[0] for line in table("iso3166.tab"))


@cache
def country_names(language: str) -> dict[str, str]:
    """Code to name in ``language``, in that language's alphabetical order."""
    known = Locale.parse(language).territories
    named = {code: known.get(code, code) for code in country_codes()}
    return dict(sorted(named.items(), key=lambda item: folded(item[1])))


def country_name(code: str, language: str) -> str:
    return country_names(language).get(code, code)


def country_choices(language: str) -> list[tuple[str, str]]:
    """For a select in a form."""
    return list(country_names(language).items())


def find_country(text: str) -> str:
    """The code that ``text`` means: a code of two letters, or a name in one of our languages; "" if none."""
    if text.strip().upper() in country_codes():
        return text.strip().upper()
    return _codes_by_name().get(folded(text), "")


def country_said(accept_language: str) -> str:
    """The country of the language a browser asks for first, such as AT for de-AT; "" where that says little.

    American English is what browsers are sold with everywhere; German without a country is that of Germany.
    """
    asked = next(iter(parse_accept_lang_header(accept_language.lower())), ("", 0.0))[0]
    if asked in {"de", "en-us"}:
        return "DE" if asked == "de" else ""
    region = asked.rpartition("-")[2].upper() if "-" in asked else ""
    return region if region in country_codes() else ""


def time_zone_of(country: str) -> str:
    """The zone most people of the country with this code live in; "" where nothing is known."""
    return MOST_PEOPLE_LIVE_IN.get(country) or _first_zones().get(country, "")


@cache
def language_of(country: str) -> str:
    """The one of our languages that most people of the country with this code know; "" for no country.

    By CLDR's shares of the population: German in Austria and Luxembourg, English in France and the Netherlands. Where
    it lists none of ours, English.
    """
    if country not in country_codes():
        return ""
    known = get_territory_language_info(country)
    shares = {code: float(known[code]["population_percent"] or 0) for code, _ in LANGUAGES if code in known}
    return max(shares, key=lambda code: shares[code], default=ELSEWHERE)


@cache
def _codes_by_name() -> dict[str, str]:
    names = {folded(name): code for language, _ in LANGUAGES for code, name in country_names(language).items()}
    return names | ALSO_CALLED


@cache
def _first_zones() -> dict[str, str]:
    zones: dict[str, str] = {}
    for line in table("zone.tab"):
        country, _, zone = line.split("\t")[:3]
        if zone in time_zones():
            zones.setdefault(country, zone)
    return zones


def table(name: str) -> list[str]:
    text = (files("tzdata.zoneinfo") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(letters.replace("&", "und").replace(" and ", " und ").split())
