"""Is what is owed still what partners wait for? A check that names the steps about which it is not."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When

from followups.models import Task
from followups.models.task import OWED_KINDS
from followups.owed.keeping import KINDS, keep
from partners.models import Vendor
from playbooks.models import Enrollment, Progress
from playbooks.models.progress import ProgressQuerySet
from playbooks.models.step import Turn

BATCH: Final = 500


def adrift(*, vendor: Vendor) -> Iterator[list[int]]:
    """The keys of steps about which nothing is owed, or the wrong thing, or something still; a batch at a time."""
    last, wrong = 0, _wrong(vendor).order_by("pk")
    while keys := list(wrong.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield keys
        last = keys[-1]


@transaction.atomic
def mend(*, steps: list[int], now: datetime) -> None:
    """Bring what is owed about these steps, of one vendor, in line; each is held meanwhile, and its walk before it."""
    walks = Progress.objects.filter(pk__in=steps).values("enrollment")
    list(Enrollment.objects.filter(pk__in=walks).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    rows = Progress.objects.filter(pk__in=steps).order_by("pk").select_for_update(of=("self",), no_key=True)
    found = rows.select_related("step__stage", "enrollment__partner__vendor", "enrollment__version")
    keep(steps=list(found), now=now, ending=Task.End.SETTLED)


def _wrong(vendor: Vendor) -> ProgressQuerySet:
    """Of walks that run: elsewhere nothing moves, and what was owed is on no list."""
    still_owed = Task.objects.still_open().filter(kind__in=OWED_KINDS, progress=OuterRef("pk"))
    ours = [When(turn=Turn.VENDOR, state=state, then=Value(str(kind))) for state, kind in KINDS.items()]
    rows = Progress.objects.filter(enrollment__vendor=vendor, enrollment__state=Enrollment.State.RUNNING)
    rows = rows.annotate(owed=Subquery(still_owed.values("kind")[:1]), should=Case(*ours, default=None))
    return rows.filter(Q(owed=None, should__isnull=False) | Q(owed__isnull=False, should=None) | ~Q(owed=F("should")))
