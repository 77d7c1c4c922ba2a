"""The windows against brute force, in the zones with the oddest clocks; ``bench.time_oracle`` asks in all of them."""

from datetime import datetime

import pytest

from bench.time_oracle import HOURS, examine
from partners import hours as windows
from partners.hours import Hours


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",  # half an hour
        "Antarctica/Troll",  # two hours
        "Africa/Cairo",  # midnight itself is skipped
        "America/Santiago",
        "America/Havana",
        "Asia/Beirut",
        "Africa/Casablanca",  # changes around Ramadan
        "Asia/Almaty",  # changed for good in 2024
        "Asia/Kathmandu",  # never changes
    ],
)
def test_no_answer_differs_from_looking_at_every_minute(zone: str) -> None:
    found = examine(zone, [2024, 2026])
    assert found.questions > 1000
    assert found.differences == []


def naive(moment: datetime, hours: Hours) -> datetime:
    """Forgets that opening time may be skipped, and does not look for a change of the clock."""
    local = moment.astimezone(hours.zone)
    opening = local.replace(hour=hours.starts.hour, minute=0)
    return moment if windows.is_open(moment, hours) else opening.astimezone(moment.tzinfo)


def test_the_oracle_finds_a_window_that_is_computed_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "into_window", naive)
    assert len(examine("Europe/Berlin", [2026], HOURS[:1]).differences) > 10
