"""Working time where a person lives: their zone, the vendor's working days and hours, their country's holidays.

Who may be written to when, and by when something is due, both go by it.

Delays are added in UTC; then the moment is moved into the recipient's open hours. All functions are pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from partners.models import Contact, Member, Partner, Vendor
from partners.places import time_zones, zone
from partners.working_days import holidays_of

SECOND = timedelta(seconds=1)
EVERY_DAY = frozenset(range(1, 8))
WAKING = (time(8), time(20))
DAYS_AHEAD = 400  # longer than any run of holidays; only a vendor without working days gets that far


class Terms(NamedTuple):
    """What of a vendor says whether, when and in what language its partners are reminded."""

    pk: int
    policy_version: int
    language: str
    country: str
    time_zone: str
    working_days: str
    day_starts: time
    day_ends: time


class NeverOpen(Exception):
    """These hours have no open moment within a year."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Open from ``starts`` to just before ``ends``, by the clock on the wall of ``zone``, on the ISO ``days``."""

    zone: tzinfo
    days: frozenset[int]
    starts: time
    ends: time
    country: str = ""


def zone_name(vendor: Vendor | Terms, *names: str) -> str:
    """The first name that is a zone: person, partner, vendor; UTC rather than none."""
    return next((name for name in (*names, vendor.time_zone) if name in time_zones()), "UTC")


def zone_of_contact(vendor: Vendor, contact: Contact, partner: Partner) -> str:
    return zone_name(vendor, contact.time_zone, partner.time_zone)


def zone_of_member(vendor: Vendor, member: Member) -> str:
    return zone_name(vendor, member.user.time_zone)


def hours_in(zone_named: str, *, vendor: Vendor | Terms, country: str = "") -> Hours:
    """The vendor's working days and hours, as lived in a zone; holidays of ``country``, else of the vendor's."""
    return _hours(zone_named, vendor.working_days, vendor.day_starts, vendor.day_ends, country or vendor.country)


@lru_cache(maxsize=4096)
def _hours(zone_named: str, days: str, starts: time, ends: time, country: str) -> Hours:
    return Hours(zone(zone_named), frozenset(int(digit) for digit in days), starts, ends, country)


def waking_hours_in(zone_named: str) -> Hours:
    """When a welcome is no disturbance: every day, from eight to eight. Who was just accepted is glad to hear of it."""
    return Hours(zone(zone_named), EVERY_DAY, *WAKING)


def is_open(moment: datetime, hours: Hours) -> bool:
    local = moment.astimezone(hours.zone)
    return hours.starts <= local.time() < hours.ends and is_working_day(local.date(), hours)


def is_working_day(day: date, hours: Hours) -> bool:
    return day.isoweekday() in hours.days and day not in holidays_of(hours.country, day.year)


def into_window(moment: datetime, hours: Hours) -> datetime:
    """The first open instant at or after ``moment``, in UTC.

    Where the clock jumps over the opening time, that is the first valid instant after the jump; where an hour
    happens twice, whichever side is open. Raises ``NeverOpen``.
    """
    moment = moment.astimezone(UTC)
    if is_open(moment, hours):
        return moment
    day = moment.astimezone(hours.zone).date()
    for ahead in range(DAYS_AHEAD):
        openings = (at for at in _openings(day + timedelta(days=ahead), hours) if at >= moment)
        first = min(openings, default=None)
        if first is not None:
            return first
    raise NeverOpen


def _openings(day: date, hours: Hours) -> Iterator[datetime]:
    """The instants of ``day`` at which the window may open: opening time, and any change of the clock."""
    if not is_working_day(day, hours):
        return
    opening = datetime.combine(day, hours.starts, tzinfo=hours.zone)
    candidates = [opening.astimezone(UTC), opening.replace(fold=1).astimezone(UTC)]
    candidates += _clock_changes(day, hours.zone)
    yield from (at for at in candidates if at.astimezone(hours.zone).date() == day and is_open(at, hours))


def _clock_changes(day: date, where: tzinfo) -> list[datetime]:
    """The instant in or around ``day`` at which the clock jumps, to the second; usually none."""
    low = datetime.combine(day, time(0), tzinfo=UTC) - timedelta(hours=15)
    high = low + timedelta(hours=54)
    if _offset(low, where) == _offset(high, where):
        return []
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, where) == _offset(low, where):
            low = middle
        else:
            high = middle
    return [high]


def _offset(moment: datetime, where: tzinfo) -> timedelta | None:
    return moment.astimezone(where).utcoffset()


def after_elapsed(anchor: datetime, *, delay: timedelta, hours: Hours) -> datetime:
    """``delay`` on the clock, then into the window: Friday 16:00 plus 24 hours is Monday at opening time."""
    return into_window(anchor.astimezone(UTC) + delay, hours)


def after_working(anchor: datetime, *, delay: timedelta, hours: Hours) -> datetime:
    """``delay`` counted in open hours alone: Friday 16:00 plus 2 hours, closing at 17:00, is Monday 10:00."""
    at, left = into_window(anchor, hours), delay
    while left > timedelta(0):
        closing = closing_of(at, hours)
        if at + left < closing:
            return at + left
        left -= closing - at
        at = into_window(closing, hours)
    return at


def closing_of(moment: datetime, hours: Hours) -> datetime:
    """When the window that is open at ``moment`` closes."""
    local = moment.astimezone(hours.zone)
    closing = datetime.combine(local.date(), hours.ends, tzinfo=hours.zone)
    candidates = [closing.astimezone(UTC), closing.replace(fold=1).astimezone(UTC)]
    candidates += _clock_changes(local.date(), hours.zone)  # a jump may close the window, forwards and backwards
    return min(at for at in candidates if at > moment and not is_open(at, hours))


def next_day(moment: datetime, hours: Hours) -> datetime:
    """The first open instant on a later local date than ``moment``'s."""
    tomorrow = moment.astimezone(hours.zone).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(0), tzinfo=hours.zone)
    return into_window(midnight.astimezone(UTC), hours)
