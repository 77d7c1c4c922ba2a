"""By when a step is wanted: so long after the start or after another step, or by a date.

It is said of each whether it is counted on the clock or in working time: the vendor's working days and hours, where
the partner lives, without the partner's public holidays. Hours end at their minute. Days end with the last of them:
when its working hours end, or at midnight on the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from partners.hours import Hours, NeverOpen, after_working, closing_of, hours_in, into_window, is_working_day, next_day
from partners.models import Partner

MOST_HOURS = 24 * 366
MOST_DAYS = 366
LAST_MINUTE = time(23, 59)


class Since(TextChoices):
    START = "start", _("after the start")
    STEP = "step", _("after a step")
    DATE = "date", _("by a date")


class Unit(TextChoices):
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")


@dataclass(frozen=True)
class Due:
    since: str
    is_working: bool
    amount: int = 0  # of a date: none
    unit: str = Unit.DAYS
    step: str = ""
    day: date | None = None

    def as_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = {"since": str(self.since), "working": self.is_working}
        if self.since == Since.DATE:
            return {**stored, "day": self.day.isoformat() if self.day else ""}
        stored |= {"amount": self.amount, "unit": str(self.unit)}
        return {**stored, "step": self.step} if self.since == Since.STEP else stored

    @property
    def is_to_the_minute(self) -> bool:
        return self.since != Since.DATE and self.unit == Unit.HOURS

    def at(self, *, started_at: datetime, settled: Mapping[str, datetime | None], hours: Hours) -> datetime | None:
        """The instant; None as long as the step that it counts from is not settled. ``settled`` is by its key."""
        try:
            if self.since == Since.DATE:
                return self._end_of(self.day, hours) if self.day else None
            anchor = started_at if self.since == Since.START else settled.get(self.step)
            return self._after(anchor, hours) if anchor is not None else None
        except (NeverOpen, OverflowError):  # a vendor without a working day, a date at the end of time
            return None

    def _after(self, anchor: datetime, hours: Hours) -> datetime:
        if self.unit == Unit.HOURS:
            delay = timedelta(hours=self.amount)
            return after_working(anchor, delay=delay, hours=hours) if self.is_working else anchor + delay
        if not self.is_working:
            return self._end_of(anchor.astimezone(hours.zone).date() + timedelta(days=self.amount), hours)
        at = into_window(anchor, hours)
        for _day in range(self.amount):
            at = next_day(at, hours)
        return closing_of(at, hours)

    def _end_of(self, day: date, hours: Hours) -> datetime:
        """Of that day; in working time of the last working day until then."""
        if not self.is_working:
            return datetime.combine(day, LAST_MINUTE, tzinfo=hours.zone).astimezone(UTC)
        for back in range(MOST_DAYS):
            if is_working_day(day - timedelta(days=back), hours):
                ends = datetime.combine(day - timedelta(days=back), hours.ends, tzinfo=hours.zone)
                return ends.astimezone(UTC)
        raise NeverOpen


def due_of(stored: Mapping[str, Any]) -> Due | None:
    """From a step's column; None where it is empty."""
    if not stored:
        return None
    return Due(
        stored["since"],
        stored["working"],
        stored.get("amount", 0),
        stored.get("unit", Unit.DAYS),
        stored.get("step", ""),
        date.fromisoformat(stored["day"]) if stored.get("day") else None,
    )


def hours_of(partner: Partner) -> Hours:
    """``partner`` is read with its vendor."""
    return hours_in(partner.zone_name, vendor=partner.vendor, country=partner.country)
