"""A vendor's working days: its week, without the public holidays of its country."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import holidays

from partners.models import Vendor
from partners.places import zone

DAYS_AHEAD = 800  # further than any lead time, holidays and all


@cache
def holidays_of(country: str, year: int) -> frozenset[date]:
    """National public holidays; none for a country that is not known."""
    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


def is_working_day(vendor: Vendor, day: date) -> bool:
    return str(day.isoweekday()) in vendor.working_days and day not in holidays_of(vendor.country, day.year)


def day_of(vendor: Vendor, moment: datetime) -> date:
    """The date on the vendor's calendar."""
    return moment.astimezone(zone(vendor.time_zone)).date()


def working_days_after(vendor: Vendor, start: date, *, days: int) -> date:
    """The ``days``-th working day behind ``start``. From a Saturday, one working day on is Monday."""
    day = start
    for _ahead in range(DAYS_AHEAD):
        if days <= 0:
            break
        day += timedelta(days=1)
        days -= is_working_day(vendor, day)
    return day


def end_of(vendor: Vendor, day: date) -> datetime:
    """When the vendor's work ends on ``day``, in UTC."""
    return datetime.combine(day, vendor.day_ends, tzinfo=zone(vendor.time_zone)).astimezone(UTC)
