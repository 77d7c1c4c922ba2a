"""How long partners who were stuck waited for an answer, over the last 30 days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q

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
    """None where nobody was answered. Three queries over one index, whatever their number."""
    answered = Task.objects.of(vendor).filter(
        kind=Task.Kind.STUCK, ending=Task.End.DONE, ended_at__gt=now - LATELY, ended_at__lte=now
    )
    latest = Task.objects.filter(pk__in=answered.order_by("-ended_at").values("pk")[:MOST])
    in_time = Count("pk", filter=Q(ended_at__lte=F("due_at")))
    counts = latest.aggregate(all=Count("pk"), in_time=in_time)
    if not counts["all"]:
        return None
    took = ExpressionWrapper(F("ended_at") - F("made_at"), output_field=DurationField())
    ranked = latest.annotate(took=took).order_by("took", "pk").values_list("took", flat=True)
    return Speed(
        answered=counts["all"],
        in_time=counts["in_time"],
        median=ranked[(counts["all"] - 1) // 2],
        slow=ranked[-(-9 * counts["all"] // 10) - 1],
    )
