"""Windows against a brute force by the minute, and the cases that people name."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from partners.hours import (
    Hours,
    NeverOpen,
    after_elapsed,
    after_working,
    into_window,
    is_open,
    next_day,
    zone_name,
)
from partners.models import Vendor

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


def hours(
    zone: str = "Europe/Berlin", starts: int = 9, ends: int = 17, days: str = "12345", country: str = ""
) -> Hours:
    return Hours(ZoneInfo(zone), frozenset(map(int, days)), time(starts), time(ends), country)


def berlin(*when: int) -> datetime:
    return datetime(*when, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


def brute_force(moment: datetime, open_hours: Hours) -> datetime:
    while not is_open(moment, open_hours):
        moment += MINUTE
    return moment


def test_friday_afternoon_becomes_monday_morning() -> None:
    due = after_elapsed(berlin(2026, 3, 6, 16), delay=timedelta(hours=24), hours=hours())
    assert due == berlin(2026, 3, 9, 9)


def test_a_delay_is_elapsed_hours_over_the_change_of_the_clock() -> None:
    due = after_elapsed(berlin(2026, 3, 28, 12), delay=timedelta(hours=24), hours=hours(days="1234567"))
    assert due == berlin(2026, 3, 29, 13)


def test_working_hours_run_only_while_open() -> None:
    assert after_working(berlin(2026, 3, 6, 16), delay=timedelta(hours=2), hours=hours()) == berlin(2026, 3, 9, 10)


def test_a_holiday_is_no_working_day() -> None:
    good_friday = berlin(2026, 4, 3, 10)
    assert into_window(good_friday, hours(country="DE")) == berlin(2026, 4, 7, 9)
    assert into_window(good_friday, hours(country="ZZ")) == good_friday


def test_the_end_of_the_day_is_outside() -> None:
    assert into_window(berlin(2026, 3, 3, 17), hours()) == berlin(2026, 3, 4, 9)


def test_the_next_day_is_a_later_date_there() -> None:
    assert next_day(berlin(2026, 3, 3, 10), hours()) == berlin(2026, 3, 4, 9)
    assert next_day(berlin(2026, 3, 6, 10), hours()) == berlin(2026, 3, 9, 9)


def test_without_any_working_day_it_says_so() -> None:
    with pytest.raises(NeverOpen):
        into_window(berlin(2026, 3, 3, 10), Hours(BERLIN, frozenset(), time(9), time(17)))


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),  # 02:00 becomes 03:00
        ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),  # 03:00 becomes 02:00
        ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),  # half an hour
        ("Africa/Cairo", datetime(2026, 4, 24, tzinfo=UTC)),  # midnight itself is skipped
        ("America/Santiago", datetime(2026, 4, 5, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 4, 5, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize(("starts", "ends"), [(0, 1), (1, 2), (2, 3), (1, 3), (3, 5), (9, 17), (22, 23)])
def test_gaps_and_folds_as_by_brute_force(zone: str, day: datetime, starts: int, ends: int) -> None:
    open_hours = hours(zone, starts, ends, "1234567")
    for step in range(0, 60 * 48, 47):
        moment = day - timedelta(hours=16) + step * MINUTE
        found = into_window(moment, open_hours)
        assert found == brute_force(moment, open_hours)
        assert is_open(found, open_hours)


def test_the_order_of_zones_and_never_none() -> None:
    vendor = Vendor(time_zone="Europe/Vienna")
    assert zone_name(vendor, "Asia/Tokyo", "Europe/Paris") == "Asia/Tokyo"
    assert zone_name(vendor, "", "Europe/Paris") == "Europe/Paris"
    assert zone_name(vendor, "Nowhere/Land", "") == "Europe/Vienna"
    assert zone_name(Vendor(time_zone="nonsense"), "") == "UTC"
