"""How much is owed, by kind: up to a bound counted for every page, beyond it once a minute, as Today's numbers are."""

from collections.abc import Mapping
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Q

from followups.dashboards.counting import BOUND, KEPT_SECONDS
from followups.models import Task
from followups.models.task import TaskQuerySet
from partners.models import Member, Vendor

Counts = Mapping[str, tuple[int, int]]  # by kind: all, and those that are overdue


def owed_by(vendor: Vendor, member: Member | None, *, now: datetime) -> TaskQuerySet:
    """What falls to ``member``; None: to everybody."""
    everything: TaskQuerySet = Task.objects.of(vendor).owed()
    return everything if member is None else everything.falling_to(member, now=now)


def counted(vendor: Vendor, member: Member | None, *, now: datetime) -> Counts:
    """One query; none where there were ``BOUND`` or more less than a minute ago."""
    key = f"owed:{vendor.pk}:{member.pk if member else None}"
    kept: Counts | None = cache.get(key)
    if kept is not None:
        return kept
    late = Count("pk", filter=Q(due_at__lt=now))
    rows = owed_by(vendor, member, now=now).order_by().values_list("kind").annotate(all=Count("pk"), late=late)
    found = {kind: (count, overdue) for kind, count, overdue in rows}
    if sum(count for count, _late in found.values()) >= BOUND:
        cache.set(key, found, KEPT_SECONDS)
    return found
