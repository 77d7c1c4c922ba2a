"""Taking messages to send: a fence that only rises, and a lease on the database's own clock."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from followups.engine.crashing import crash_point
from followups.models import Message

LEASE = timedelta(seconds=settings.ENGINE_LEASE_SECONDS)
BATCH = 25

# Account mail first: somebody waits in front of the screen for that code. What leaves by another way sorts after all
# mails, so that the index is read up to there; a webhook that is tried out is of the kind of an account mail.
CLAIM = """
    WITH due AS {materialized} (
        SELECT id FROM followups_message
        WHERE state = 'ready' AND not_before <= %s AND kind < 'touch' AND channel = 'mail' AND NOT {paused}
        ORDER BY kind, not_before, id
        LIMIT %s {lock}
    )
    UPDATE followups_message
    SET state = 'claimed', fence = fence + 1, lease_until = {lease}
    WHERE id IN (SELECT id FROM due) AND state = 'ready'
    RETURNING id, fence, kind
"""
HOLD = """
    SELECT id, fence FROM followups_message
    WHERE id IN ({places}) AND state = 'claimed' AND lease_until > {now} AND NOT {paused}
    ORDER BY id {keep}
"""
MARK = """
    WITH fresh (id, fence, subject, text, html, headers) AS (VALUES {rows})
    UPDATE followups_message SET state = 'sending', lease_until = {lease},
        subject = fresh.subject, text = fresh.text, html = fresh.html, headers = fresh.headers
    FROM fresh WHERE followups_message.id = fresh.id AND followups_message.fence = fresh.fence
    RETURNING followups_message.id, followups_message.fence
"""
MARK_POSTING = """
    WITH fresh (id, fence, text) AS (VALUES {rows})
    UPDATE followups_message SET tries = tries + 1, lease_until = {lease}, text = fresh.text
    FROM fresh WHERE followups_message.id = fresh.id AND followups_message.fence = fresh.fence
    RETURNING followups_message.id, followups_message.fence
"""
PAUSED = """EXISTS (
    SELECT 1 FROM followups_pause pause WHERE pause.vendor_id = followups_message.vendor_id AND pause.ended_at IS NULL
)"""
ON_POSTGRES = {
    "materialized": "MATERIALIZED",
    "lock": "FOR UPDATE SKIP LOCKED",
    "keep": "FOR UPDATE",
    "row": "(%s, %s, %s, %s, %s, %s::jsonb)",
    "lease": f"statement_timestamp() + interval '{LEASE.total_seconds()} seconds'",
    "now": "statement_timestamp()",
}
# One writer at a time there: the transaction itself is the lock.
ON_SQLITE = {
    "materialized": "MATERIALIZED",
    "lock": "",
    "keep": "",
    "row": "(%s, %s, %s, %s, %s, %s)",
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
    """Give back what was not begun; what is marked, or somebody else's now, stays as it is."""
    for each in claims:
        crash_point("giving-back")
        Message.objects.filter(pk=each.pk, fence=each.fence, state=Message.State.CLAIMED).update(
            state=Message.State.READY, lease_until=None
        )


def hold(claims: Collection[Claim]) -> set[Claim]:
    """Those that are ours still, with their fence and lease, and of no paused vendor; ours until the transaction ends.

    Nothing else may be sent, or written about.
    """
    words = {"places": ", ".join(["%s"] * len(claims)), **_words()}
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(**words), sorted(each.pk for each in claims))
        return {Claim(pk, fence) for pk, fence in cursor.fetchall()}.intersection(claims)


def mark_sending(held: Collection[tuple[Claim, Message]]) -> set[Claim]:
    """The mark before DATA, with what each mail says, on messages that ``hold`` gave in this transaction.

    Returns what is marked: no other may be sent.
    """
    prepare = Message._meta.get_field("headers").get_db_prep_save
    values: list[Any] = []
    for claimed, message in held:
        headers = prepare(message.headers, connection)
        values += [claimed.pk, claimed.fence, message.subject, message.text, message.html, headers]
    words = _words()
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(rows=", ".join([words["row"]] * len(held)), **words), values)
        return {Claim(pk, fence) for pk, fence in cursor.fetchall()}


def mark_posting(held: Collection[tuple[Claim, Message]]) -> set[Claim]:
    """The mark before a webhook is posted: the try counts, and the lease begins anew. It stays claimed.

    So the reaper hands it back where its worker died; whoever gets it a second time knows it by its key.
    """
    values = [value for claimed, message in held for value in (claimed.pk, claimed.fence, message.text)]
    rows = ", ".join(["(%s, %s, %s)"] * len(held))
    with connection.cursor() as cursor:
        cursor.execute(MARK_POSTING.format(rows=rows, **_words()), values)
        return {Claim(pk, fence) for pk, fence in cursor.fetchall()}


def _words() -> dict[str, str]:
    return {"paused": PAUSED, **(ON_POSTGRES if connection.vendor == "postgresql" else ON_SQLITE)}
