"""Whose turn it is to be told: one vendor at a time to a worker, one worker at a time to a vendor.

So a receiver that answers slowly holds up itself and nobody else, and what reaches it comes in order.
"""

from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from followups.engine.claiming import LEASE, PAUSED, Claim
from followups.engine.crashing import crash_point

BATCH = 8  # at worst as many answers that take their whole time, which lies within the lease

TAKE = """
    WITH free AS MATERIALIZED (
        SELECT hook.id FROM followups_webhook hook
        WHERE (hook.held_until IS NULL OR hook.held_until <= {now}) AND EXISTS (
            SELECT 1 FROM followups_message
            WHERE followups_message.vendor_id = hook.vendor_id AND followups_message.state = 'ready'
            AND followups_message.channel = 'webhook' AND followups_message.not_before <= %s AND NOT {paused}
            AND (followups_message.kind = 'account' OR ({is_open}))
        )
        ORDER BY hook.held_until NULLS FIRST, hook.id
        LIMIT 1 {lock}
    )
    UPDATE followups_webhook SET lane = lane + 1, held_until = {lease} WHERE id IN (SELECT id FROM free)
    RETURNING id, vendor_id, lane
"""
IS_OPEN = "hook.paused_at IS NULL AND hook.off_at IS NULL AND (hook.rest_until IS NULL OR hook.rest_until <= %s)"
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT message.id FROM followups_message message JOIN followups_webhook hook ON hook.id = %s
        WHERE message.vendor_id = hook.vendor_id AND message.state = 'ready' AND message.channel = 'webhook'
        AND message.not_before <= %s AND (message.kind = 'account' OR ({is_open}))
        ORDER BY message.kind, message.not_before, message.id
        LIMIT %s {lock_message}
    )
    UPDATE followups_message SET state = 'claimed', fence = fence + 1, lease_until = {lease}
    WHERE id IN (SELECT id FROM due) AND state = 'ready'
    RETURNING id, fence, kind
"""
LEAVE = "UPDATE followups_webhook SET held_until = {now} WHERE id = %s AND lane = %s"
ON_POSTGRES = {
    "lock": "FOR UPDATE OF hook SKIP LOCKED",
    "lock_message": "FOR UPDATE OF message SKIP LOCKED",
    "lease": f"statement_timestamp() + interval '{LEASE.total_seconds()} seconds'",
    "now": "statement_timestamp()",
}
# One writer at a time there: the transaction itself is the lock.
ON_SQLITE = {
    "lock": "",
    "lock_message": "",
    "lease": f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+{LEASE.total_seconds()} seconds')",
    "now": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
}


class Lane(NamedTuple):
    """A vendor's webhook in our hands, and what is to be posted there, the most urgent first."""

    webhook: int
    vendor: int
    number: int
    claims: list[Claim]


def take(*, now: datetime, limit: int = BATCH) -> Lane | None:
    """Whoever was told longest ago of those for whom something waits; None where nothing does.

    What is tried out goes to a webhook that is paused, switched off or resting, too.
    """
    due = connection.ops.adapt_datetimefield_value(now)
    words = {"paused": PAUSED, "is_open": IS_OPEN, **(ON_POSTGRES if connection.vendor == "postgresql" else ON_SQLITE)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE.format(**words), [due, due])
        found = cursor.fetchone()
        if found is None:
            return None
        webhook, vendor, number = found
        cursor.execute(CLAIM.format(**words), [webhook, due, due, limit])
        rows = cursor.fetchall()
        crash_point("claiming")
    crash_point("claimed")
    claims = [Claim(pk, fence) for pk, fence, _kind in sorted(rows, key=lambda row: (row[2], row[0]))]
    return Lane(webhook, vendor, number, claims)


def leave(lane: Lane) -> None:
    """Free for the next; a lane that somebody else has taken over stays theirs."""
    words = ON_POSTGRES if connection.vendor == "postgresql" else ON_SQLITE
    with connection.cursor() as cursor:
        cursor.execute(LEAVE.format(**words), [lane.webhook, lane.number])
