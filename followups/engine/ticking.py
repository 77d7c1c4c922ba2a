"""Slots of time: any number of beats may ring, and one of them runs the job."""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from followups.models import Tick

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
KEPT = timedelta(days=2)


def slot_of(moment: datetime, *, every: timedelta) -> datetime:
    """The start of the slot that ``moment`` lies in."""
    return moment - (moment - EPOCH) % every


@transaction.atomic
def claim_slot(job: str, slot: datetime) -> bool:
    """Whether this caller runs ``job`` in ``slot``: true for exactly one, however many ask."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO followups_tick (job, slot) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [job, connection.ops.adapt_datetimefield_value(slot)],
        )
        won: bool = cursor.rowcount == 1
    if won:
        Tick.objects.filter(job=job, slot__lt=slot - KEPT).delete()
    return won
