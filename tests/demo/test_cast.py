"""The demo's people fit their places, and nobody among them is real."""

import re
from collections import Counter

import pytest

from onboarding_portal.demo import cast, people, stories
from onboarding_portal.demo.cast import Company
from onboarding_portal.demo.places import PLACES
from partners.countries import time_zone_of
from partners.places import LANGUAGES, validate_time_zone

EVERYBODY = list(cast.everybody())
# What regulators keep for film and print: see onboarding_portal/demo/places.py.
NOBODYS_NUMBERS = {
    "DE": r"\+49 (30 23125|40 66969|69 90009|221 4710|89 99998) \d{3}",
    "GB": r"\+44 (20 7946|(113|117|131|161) 496) 0\d{3}",
    "IE": r"\+353 20 91\d \d{4}",
    "SE": r"\+46 (8 465 004|31 390 06) \d\d",
    "AU": r"\+61 [23] 5550 \d{4}",
    "US": r"\+1 \d{3} 555 01\d\d",
    "CA": r"\+1 \d{3} 555 01\d\d",
}
ZONES_OF_ONE_COUNTRY = {"US": "America/", "CA": "America/", "AU": "Australia/"}
by_name = pytest.mark.parametrize("company", EVERYBODY, ids=lambda company: company.name)


@by_name
def test_everybody_fits_their_place(company: Company) -> None:
    validate_time_zone(company.zone)
    prefix = ZONES_OF_ONE_COUNTRY.get(company.country)
    assert company.zone.startswith(prefix) if prefix else company.zone == time_zone_of(company.country)
    speaks_german = company.country in {"DE", "AT", "CH"}
    assert company.language in ({"de", ""} if speaks_german else {"en"})
    assert (company.city, company.country) in {(place.city, place.country) for place in PLACES.values()}


@by_name
def test_numbers_ring_nobody(company: Company) -> None:
    allowed = NOBODYS_NUMBERS.get(company.country, "")
    assert re.fullmatch(allowed, company.phone)


@by_name
def test_addresses_reach_nobody(company: Company) -> None:
    assert re.fullmatch(r"[a-z.]+@[a-z-]+\.example", company.email)


def test_nobody_is_there_twice() -> None:
    for field in ("name", "email", "person"):
        assert Counter(getattr(company, field) for company in EVERYBODY).most_common(1)[0][1] == 1
    phones = [company.phone for company in EVERYBODY if company.phone]
    assert len(set(phones)) == len(phones)


def test_everybody_is_cast_once() -> None:
    cast_for = [company for company, _ in stories.casting()]
    assert Counter(cast_for) == Counter([*cast.FIRST_LINE, *cast.COMPANIES])
    assert len(cast_for) + len(stories.ARRIVE) + 2 == 60
    theirs = [company for number, (company, _) in enumerate(stories.casting()) if number in stories.THEIRS]
    assert theirs == cast.FIRST_LINE


def test_words_come_in_the_language_of_whoever_says_them() -> None:
    assert cast.GOALS.keys() == cast.DOUBTS.keys() == dict(LANGUAGES).keys()


def test_the_doors_belong_to_people_of_the_cast() -> None:
    assert [door.email for door in people.DOORS[1:]] == [cast.RESELLER.email, cast.SPONSOR.email]
