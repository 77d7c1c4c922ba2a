"""Standing is brought up to date: by events for a few partners, by a recompute for a whole vendor. One statement.

Two transactions may tell facts about the same partner at once. Each locks the partner's Standing first and computes
in a statement after that, so the second one sees what the first has committed.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import connection, transaction

from followups.models import Standing
from followups.silence import episodes
from followups.standing.dialect import among, instant
from followups.standing.statement import upsert
from partners.models import Partner, Vendor

BATCH = 1_000


def refresh(*, partner_ids: Iterable[int], now: datetime) -> None:
    """Compute Standing for these partners as of ``now``, and open or close their episodes of silence."""
    for ids in _batches(sorted({int(pk) for pk in partner_ids})):
        _refresh_batch(ids=ids, now=now)


def refresh_vendor(*, vendor: Vendor, now: datetime) -> int:
    """Compute Standing for all partners of a vendor, in batches by key, each its own transaction; how many.

    Episodes of silence are brought in line for all of them, also where Standing was right.
    """
    seen = 0
    for ids in partner_batches(vendor=vendor):
        with transaction.atomic():
            _refresh_batch(ids=ids, now=now)
            standings = Standing.objects.filter(pk__in=ids)
            episodes.follow(silences=dict(standings.values_list("pk", "silence_kind")), now=now)
        seen += len(ids)
    return seen


@transaction.atomic
def judge_anew(*, vendor: Vendor, now: datetime) -> None:
    """Say that the clock changes something now for all who may be silent; detecting then judges them in batches."""
    quiet = Standing.objects.filter(vendor=vendor).exclude(quiet_kind="")
    list(quiet.order_by("pk").select_for_update().values_list("pk"))
    quiet.update(next_change_at=now)


def partner_batches(*, vendor: Vendor) -> Iterator[list[int]]:
    """The keys of a vendor's partners, in order, a batch at a time."""
    last = 0
    while True:
        page = Partner.objects.of(vendor).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ids = list(page)
        if not ids:
            return
        yield ids
        last = ids[-1]


@transaction.atomic
def _refresh_batch(*, ids: list[int], now: datetime) -> None:
    list(Standing.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(upsert(among("id", ids)), {"now": instant(now)})
        written = dict(cursor.fetchall())
    episodes.follow(silences=written, now=now)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
