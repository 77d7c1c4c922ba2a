"""One list of time zones to choose from: by region, in the reader's language, no old names, with what clocks say."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from partners.countries import country_codes, time_zone_of
from partners.places import time_zones
from partners.zones import offered, offset_of, zone_choices

WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, tzinfo=UTC)


def labels(*, language: str = "en", now: datetime = WINTER, also: str = "") -> dict[str, str]:
    with translation.override(language):
        return {name: label for _, zones in zone_choices(now=now, also=also) for name, label in zones}


@pytest.mark.parametrize("name", ["Europe/Busingen", "US/Pacific", "Asia/Calcutta", "Europe/Kiev", "America/Montreal"])
def test_old_names_and_doubles_are_not_offered_but_kept_where_they_are_chosen(name: str) -> None:
    assert name in time_zones()
    assert name not in labels()
    assert name in labels(also=name)


def test_what_a_country_means_can_be_chosen() -> None:
    assert {time_zone_of(code) for code in country_codes()} - {""} <= labels().keys()
    assert {"Europe/Berlin", "Europe/Oslo", "America/Denver", "UTC"} <= labels().keys()
    assert labels().keys() <= time_zones()
    assert len(offered()) < 420


def test_a_name_that_is_none_is_never_offered() -> None:
    assert "Mars/Olympus" not in labels(also="Mars/Olympus")


@pytest.mark.parametrize(
    ("name", "now", "offset"),
    [
        ("Europe/Berlin", WINTER, "UTC+1"),
        ("Europe/Berlin", SUMMER, "UTC+2"),
        ("Asia/Kolkata", WINTER, "UTC+5:30"),
        ("America/St_Johns", WINTER, "UTC−3:30"),
        ("Africa/Abidjan", WINTER, "UTC+0"),
    ],
)
def test_the_offset_is_that_of_the_moment(name: str, now: datetime, offset: str) -> None:
    assert offset_of(name, now) == offset
    assert labels(now=now)[name].endswith(f"({offset})")


def test_places_are_called_and_sorted_as_the_reader_calls_them() -> None:
    assert labels(language="de")["Europe/Vienna"] == "Wien (UTC+1)"
    assert labels(language="en")["Europe/Vienna"] == "Vienna (UTC+1)"
    with translation.override("de"):
        europe, zones = zone_choices(now=WINTER)[0]
    names = [label for _, label in zones]
    assert europe == "Europa"
    assert names.index("Wien (UTC+1)") > names.index("Warschau (UTC+1)") > names.index("Oslo (UTC+1)")


def test_a_form_keeps_the_choice_that_was_there() -> None:
    assert "US/Pacific" in dict(zone_choices(now=WINTER, also="US/Pacific")[-2][1])
