"""Entries as calendar programs get them, read by others than wrote them: the bytes by RFC 5545, zones by dateutil."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical  # type: ignore[import-untyped]

from partners.models import Contact, Partner, Vendor
from playbooks.calendar import entries
from playbooks.calendar.zones import vtimezone
from playbooks.models import Enrollment, PlaybookVersion, Progress, Slot, Stage, Step
from tests.factories import NOW

HOUR = timedelta(hours=1)


def slot_at(starts_at: datetime, zone: str = "Europe/Berlin", minutes: int = 15, **words: Any) -> Slot:
    """Not saved: what is written depends on the rows alone."""
    vendor = Vendor(name=words.get("vendor", "Nordlicht Backup"), slug="nordlicht", language="en")
    partner = Partner(vendor=vendor, company="Hafen IT")
    contact = Contact(partner=partner, name=words.get("name", "Hanna Hafen"), email="hanna@hafen.example")
    version = PlaybookVersion()
    texts = {"en": {"title": words.get("title", "Call three clients"), "why": words.get("why", "It *pays*.")}}
    step = Step(version=version, stage=Stage(version=version), key="call", minutes=minutes, texts=texts)
    progress = Progress(pk=7, step=step, enrollment=Enrollment(partner=partner))
    given = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=minutes), "time_zone": zone}
    return Slot(vendor=vendor, progress=progress, contact=contact, created_at=NOW, changed_at=NOW, **given)


def lines_of(content: str) -> list[str]:
    """Content lines, unfolded. Fails on what RFC 5545, 3.1 forbids."""
    raw = content.encode()
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw), "a bare CR or LF"
    assert max(map(len, raw.split(b"\r\n"))) <= 75, "a line of more than 75 octets"
    for line in raw.split(b"\r\n"):
        line.decode()  # no letter is torn apart by folding
    return re.sub(r"\r\n[ \t]", "", content).split("\r\n")[:-1]


def value(lines: list[str], name: str) -> str:
    [found] = [line for line in lines if re.match(rf"{name}[;:]", line)]
    return found


def instants(content: str) -> tuple[datetime, datetime]:
    """Beginning and end, through the zone as the entry itself describes it."""
    lines = lines_of(content)
    event = lines[lines.index("BEGIN:VEVENT") :]
    return _instant(value(event, "DTSTART"), content), _instant(value(event, "DTEND"), content)


def _instant(line: str, content: str) -> datetime:
    at = re.fullmatch(r"DT\w+(?:;TZID=([^:;]+))?:(\d{8}T\d{6})(Z?)", line)
    assert at is not None, line
    naive = datetime.strptime(at.group(2), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - its zone comes with it
    if at.group(3):
        return naive.replace(tzinfo=UTC)
    zone = tzical(StringIO(content)).get(at.group(1))
    return naive.replace(tzinfo=zone).astimezone(UTC)


def test_an_invitation_says_what_when_and_who() -> None:
    slot = slot_at(datetime(2026, 3, 12, 9, 0, tzinfo=UTC))
    lines = lines_of(entries.request(slot, language="en", url="https://x.example/l/abc/"))
    assert lines[0] == "BEGIN:VCALENDAR"
    assert {"METHOD:REQUEST", "VERSION:2.0", "CALSCALE:GREGORIAN", "SEQUENCE:0", "STATUS:CONFIRMED"} <= set(lines)
    assert value(lines, "UID") == f"UID:{slot.uid}@firstline.example"
    assert value(lines, "DTSTAMP") == "DTSTAMP:20260303T090000Z"
    event = lines[lines.index("BEGIN:VEVENT") :]
    assert value(event, "DTSTART") == "DTSTART;TZID=Europe/Berlin:20260312T100000"
    assert value(event, "DTEND") == "DTEND;TZID=Europe/Berlin:20260312T101500"
    assert "SUMMARY:Call three clients · Nordlicht Backup" in event
    assert "DESCRIPTION:It pays.\\n\\nhttps://x.example/l/abc/" in event
    assert value(event, "ORGANIZER") == 'ORGANIZER;CN="Nordlicht Backup":mailto:hello@firstline.example'
    attendee = value(event, "ATTENDEE")
    assert attendee.endswith(":mailto:hanna@hafen.example")
    assert {"PARTSTAT=ACCEPTED", "RSVP=FALSE", 'CN="Hanna Hafen"'} <= set(attendee.split(":")[0].split(";"))
    assert "TRIGGER:-PT10M" in event


def test_a_cancellation_is_the_same_entry_one_change_later() -> None:
    slot = slot_at(datetime(2026, 3, 12, 9, 0, tzinfo=UTC))
    slot.sequence = 3
    lines = lines_of(entries.cancellation(slot, language="en"))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"} <= set(lines)
    assert value(lines, "UID") == f"UID:{slot.uid}@firstline.example"
    assert "BEGIN:VALARM" not in lines


@pytest.mark.parametrize(
    "words",
    ["a,b;c\\d", "Zeile\nzwei", "Größe ändern – " * 20, "語" * 60, 'He said "yes"', "BEGIN:VEVENT\r\nUID:x"],
)
def test_words_are_escaped_and_lines_folded(words: str) -> None:
    slot = slot_at(NOW, title=words, why=words, vendor=words[:40], name=words[:40])
    content = entries.request(slot, language="en", url="https://x.example/" + "x" * 200)
    lines = lines_of(content)
    assert lines.count("BEGIN:VEVENT") == 1
    assert len([line for line in lines if line.startswith("UID")]) == 1
    summary = value(lines[lines.index("BEGIN:VEVENT") :], "SUMMARY").removeprefix("SUMMARY:")
    said = re.sub(r"\\(.)", lambda match: {"n": "\n", "N": "\n"}.get(match.group(1), match.group(1)), summary)
    assert said.split() == f"{words} · {words[:40]}".split()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe"])
def test_a_time_beside_a_change_of_the_clock_is_the_time_that_was_meant(zone: str) -> None:
    """Every half hour around each change of a year, as two independent readers of the zone see it."""
    changes = [at for at in _hours_of(2026) if _offset(at, zone) != _offset(at + HOUR, zone)]
    assert len(changes) == 2
    for change in changes:
        for ahead in range(-6, 7):
            starts_at = change + ahead * HOUR / 2
            slot = slot_at(starts_at, zone, minutes=30)
            content = entries.request(slot, language="en", url="")
            assert instants(content) == (starts_at, starts_at + HOUR / 2), (zone, starts_at)


ZONES = "Europe/Berlin Europe/Dublin America/New_York America/Santiago Asia/Kolkata Africa/Casablanca Asia/Gaza"


@pytest.mark.parametrize("zone", [*ZONES.split(), "Australia/Lord_Howe", "Pacific/Auckland"])
def test_the_zone_that_comes_along_is_the_one_of_the_iana_database(zone: str) -> None:
    """By dateutil's own reader of VTIMEZONE: the year that is written and half of each beside it."""
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
    written = vtimezone(zone, first=first, last=last).to_ical().decode()
    read = tzical(StringIO(f"BEGIN:VCALENDAR\r\n{written}END:VCALENDAR\r\n")).get(zone)
    assert read is not None
    hours = _hours_of(2025, 2026, 2027)[4380:-4380]
    near = [at for at in hours if _offset(at - 3 * HOUR, zone) != _offset(at + 3 * HOUR, zone)]
    for at in [*near, *hours[::240]]:
        local = at.astimezone(ZoneInfo(zone))
        if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():  # one time, one instant
            assert local.replace(tzinfo=read).utcoffset() == local.utcoffset(), at


def test_a_change_begins_by_the_clock_that_it_ends() -> None:
    lines = lines_of(entries.request(slot_at(NOW), language="en", url=""))
    at = lines.index("DTSTART:20260329T020000")
    assert lines[at - 1] == "BEGIN:DAYLIGHT"
    assert {"TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST"} <= set(lines[at : at + 5])
    assert lines[lines.index("DTSTART:20261025T030000") - 1] == "BEGIN:STANDARD"


def test_where_there_is_no_summer_time_one_line_says_it_all() -> None:
    lines = lines_of(entries.request(slot_at(NOW, "Asia/Kolkata"), language="en", url=""))
    assert lines.count("BEGIN:STANDARD") == 1
    assert "BEGIN:DAYLIGHT" not in lines
    assert "TZOFFSETTO:+0530" in lines


def test_a_feed_has_each_zone_once_and_no_method() -> None:
    slots = [slot_at(NOW, "Asia/Kolkata"), slot_at(NOW + HOUR), slot_at(NOW + 200 * 24 * HOUR), slot_at(NOW, "UTC")]
    content = entries.feed(slots).decode()
    lines = lines_of(content)
    assert [line for line in lines if line.startswith("TZID:")] == ["TZID:Asia/Kolkata", "TZID:Europe/Berlin"]
    assert lines.count("BEGIN:VEVENT") == 4
    assert not [line for line in lines if line.startswith(("METHOD", "ATTENDEE", "ORGANIZER"))]
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert "URL:http://127.0.0.1:8000/my/steps/7/" in lines


def _hours_of(*years: int) -> list[datetime]:
    begins, ends = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[-1] + 1, 1, 1, tzinfo=UTC)
    return [begins + number * HOUR for number in range((ends - begins) // HOUR)]


def _offset(at: datetime, zone: str) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()
