"""Taking messages to send: a fence that only rises, and a lease on the database's own clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from followups.engine.crashing import crash_point
from followups.engine.single import assignments
from followups.models import Message

LEASE = timedelta(seconds=settings.ENGINE_LEASE_SECONDS)
BATCH = 25

# Account mail first: somebody waits in front of the screen for that code.
CLAIM = """
    WITH due AS {materialized} (
        SELECT id FROM followups_message
        WHERE state = 'ready' AND not_before <= %s AND NOT {paused}
        ORDER BY kind, not_before, id
        LIMIT %s {lock}
    )
    UPDATE followups_message
    SET state = 'claimed', fence = fence + 1, lease_until = {lease}
    WHERE id IN (SELECT id FROM due) AND state = 'ready'
    RETURNING id, fence, kind
"""
MARK = """
    UPDATE followups_message SET {rendered} state = 'sending', lease_until = {lease}
    WHERE id = %s AND fence = %s AND state = 'claimed' AND lease_until > {now} AND NOT {paused}
"""
PAUSED = """EXISTS (
    SELECT 1 FROM followups_pause pause WHERE pause.vendor_id = followups_message.vendor_id AND pause.ended_at IS NULL
)"""
ON_POSTGRES = {
    "materialized": "MATERIALIZED",
    "lock": "FOR UPDATE SKIP LOCKED",
    "lease": f"statement_timestamp() + interval '{LEASE.total_seconds()} seconds'",
    "now": "statement_timestamp()",
}
# One writer at a time there: the transaction itself is the lock.
ON_SQLITE = {
    "materialized": "MATERIALIZED",
    "lock": "",
    "lease": f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+{LEASE.total_seconds()} seconds')",
    "now": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
}


class Claim(NamedTuple):
    """A message in our hands, as long as its fence is this one."""

    pk: int
    fence: int


def claim(*, now: datetime, limit: int = BATCH) -> list[Claim]:
    """Take up to ``limit`` messages that may leave by ``now``. Nobody else gets them until the lease has expired."""
    sql = CLAIM.format(**_words())
    due = connection.ops.adapt_datetimefield_value(now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [due, limit])
        rows = cursor.fetchall()
        crash_point("claiming")
    crash_point("claimed")
    return [Claim(pk, fence) for pk, fence, _ in sorted(rows, key=lambda row: (row[2], row[0]))]


def release(claims: Iterable[Claim]) -> None:
    """Give back what was not begun."""
    for each in claims:
        crash_point("giving-back")
        Message.objects.filter(pk=each.pk, fence=each.fence, state=Message.State.CLAIMED).update(
            state=Message.State.READY, lease_until=None
        )


def mark_sending(claimed: Claim, **rendered: object) -> bool:
    """The mark before DATA; false when fence or lease is lost or the vendor paused: then nothing may be sent."""
    changes, values = assignments(Message, rendered)
    sql = MARK.format(rendered=f"{changes}," if rendered else "", **_words())
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, claimed.pk, claimed.fence])
        return bool(cursor.rowcount == 1)


def _words() -> dict[str, str]:
    return {"paused": PAUSED, **(ON_POSTGRES if connection.vendor == "postgresql" else ON_SQLITE)}
