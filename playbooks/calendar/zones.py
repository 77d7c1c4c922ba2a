"""A time zone as a calendar carries it: the changes of its clock around some times, from the IANA database.

The beginning of a change is written by the clock that it ends (RFC 5545, 3.6.5): summer time of Berlin begins at 02:00.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from partners.places import zone

YEAR = timedelta(days=366)
STRIDE = timedelta(days=7)  # no zone has gone there and back within a week
SECOND = timedelta(seconds=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def vtimezone(name: str, *, first: datetime, last: datetime) -> Timezone:
    """The zone with all changes from a year before ``first`` to a year after ``last``, so that any date is covered."""
    found = Timezone()
    found.add("tzid", name)
    begins = _whole_year(first.astimezone(UTC) - YEAR)
    changes = _changes(name, begins, _whole_year(last.astimezone(UTC) + YEAR + YEAR))
    where = zone(name)
    found.add_component(_observance(where, begins, since=None))
    for at in changes:
        found.add_component(_observance(where, at, since=at))
    return found


def _whole_year(moment: datetime) -> datetime:
    return datetime(moment.year, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def _changes(name: str, begins: datetime, ends: datetime) -> tuple[datetime, ...]:
    """The instants, to the second, at which the clock there changes."""
    where, found, low = zone(name), [], begins
    while low < ends:
        high = low + STRIDE
        if _clock(low, where) != _clock(high, where):
            found.append(_change(low, high, where))
        low = high
    return tuple(found)


def _change(low: datetime, high: datetime, where: ZoneInfo) -> datetime:
    before = _clock(low, where)
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        low, high = (middle, high) if _clock(middle, where) == before else (low, middle)
    return high


def _clock(moment: datetime, where: ZoneInfo) -> tuple[timedelta | None, bool]:
    local = moment.astimezone(where)
    return local.utcoffset(), bool(local.dst())


def _observance(where: ZoneInfo, at: datetime, *, since: datetime | None) -> TimezoneStandard | TimezoneDaylight:
    """What the clock shows from ``at`` on; without ``since``, what it has shown before all changes."""
    after = at.astimezone(where)
    before = (since - SECOND).astimezone(where) if since is not None else after
    offset = before.utcoffset() or timedelta()
    part = TimezoneDaylight() if after.dst() else TimezoneStandard()
    starts = (since.astimezone(UTC) + offset).replace(tzinfo=None) if since is not None else LONG_AGO
    part.add("dtstart", starts)
    part.add("rdate", starts)
    part.add("tzoffsetfrom", offset)
    part.add("tzoffsetto", after.utcoffset() or timedelta())
    part.add("tzname", after.tzname() or "")
    return part
