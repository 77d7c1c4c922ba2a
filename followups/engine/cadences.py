"""A vendor's cadence: what it starts with, and when its touches fall due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from followups.engine.windows import Hours, after_elapsed, after_working, into_window
from followups.models import Cadence, Touch
from partners.models import Vendor

STILL_OPEN = "remind-48h"  # the second: it has its own words
# (kind, hours on the clock after a step opens)
DEFAULT_TOUCHES = (("remind-24h", 24), (STILL_OPEN, 48))
# Of no cadence, so no change of cadence takes them away: what a partner asked for by "remind me later", and the mail
# that greets a partner who was accepted.
ASKED_FOR = "asked-for"
WELCOME = "welcome"
OF_NO_CADENCE = (ASKED_FOR, WELCOME)


@dataclass(frozen=True, slots=True)
class Timing:
    """One touch's delay, without the row: what a due time is computed from."""

    kind: str
    delay: timedelta
    is_working: bool

    @classmethod
    def of(cls, touch: Touch) -> "Timing":
        return cls(touch.kind, timedelta(hours=touch.after_hours), touch.basis == Touch.Basis.WORKING)


@transaction.atomic
def make_default_cadence(*, vendor: Vendor, now: datetime) -> Cadence:
    """The cadence every vendor starts with: a reminder after 24 hours and one after 48. Twice does nothing twice."""
    cadence, made = Cadence.objects.get_or_create(vendor=vendor, defaults={"changed_at": now})
    if made:
        Touch.objects.bulk_create(
            Touch(cadence=cadence, kind=kind, after_hours=hours) for kind, hours in DEFAULT_TOUCHES
        )
    return cadence


def due_times(timings: Iterable[Timing], *, anchor: datetime, hours: Hours) -> dict[str, datetime]:
    """When each touch falls due for one person, by kind.

    A touch that its window delays takes the later ones with it, so that two never fall on the same morning: what
    was due on Saturday and Sunday is due on Monday and Tuesday.
    """
    due: dict[str, datetime] = {}
    before: tuple[datetime, Timing] | None = None
    for timing in sorted(timings, key=lambda each: each.delay):
        count = after_working if timing.is_working else after_elapsed
        at = count(anchor, delay=timing.delay, hours=hours)
        if before is not None and timing.delay > before[1].delay:
            at = max(at, into_window(before[0] + (timing.delay - before[1].delay), hours))
        due[timing.kind] = at
        before = (at, timing)
    return due
