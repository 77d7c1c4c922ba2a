"""How long partners who were stuck waited for an answer, over the last 30 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache

from followups.dashboards.counting import BOUND, KEPT_SECONDS
from followups.models import Task
from partners.models import Vendor

LATELY: Final = timedelta(days=30)
MOST: Final = 10_000  # answers that are looked at, the latest


@dataclass(frozen=True)
class Speed:
    """By nearest rank: half of the answers took no longer than ``median``, nine in ten no longer than ``slow``."""

    answered: int
    in_time: int  # by the end of the next working day
    median: timedelta
    slow: timedelta

    @property
    def share(self) -> int:
        """In percent, rounded down: 100 is said of all alone."""
        return 100 * self.in_time // self.answered


def speed(*, vendor: Vendor, now: datetime) -> Speed | None:
    """None where nobody was answered. One query; none where ``BOUND`` or more were counted less than a minute ago."""
    key = f"answers:{vendor.pk}"
    kept: Speed | None = cache.get(key)
    if kept is not None:
        return kept
    found = _of(_latest(vendor, now=now))
    if found is not None and found.answered >= BOUND:
        cache.set(key, found, KEPT_SECONDS)
    return found


def _latest(vendor: Vendor, *, now: datetime) -> list[tuple[datetime, datetime, datetime]]:
    """Of each answer, the latest first: when it was asked for, given and due."""
    answered = Task.objects.of(vendor).filter(
        kind=Task.Kind.STUCK, ending=Task.End.DONE, ended_at__gt=now - LATELY, ended_at__lte=now
    )
    rows = answered.order_by("-ended_at").values_list("made_at", "ended_at", "due_at")
    return [(made_at, ended_at, due_at) for made_at, ended_at, due_at in rows[:MOST] if ended_at and due_at]


def _of(answers: Sequence[tuple[datetime, datetime, datetime]]) -> Speed | None:
    if not answers:
        return None
    took = sorted(ended_at - made_at for made_at, ended_at, _due_at in answers)
    return Speed(
        answered=len(took),
        in_time=sum(ended_at <= due_at for _made_at, ended_at, due_at in answers),
        median=took[(len(took) - 1) // 2],
        slow=took[-(-9 * len(took) // 10) - 1],
    )
