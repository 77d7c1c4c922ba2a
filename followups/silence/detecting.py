"""Silence that the clock brings: whoever's hour has come is judged anew, set-based, in batches by key.

What people do changes Standing at once, in their own transaction; here only time has passed. Standing knows the
next instant at which the clock changes something, so a tick costs what falls due, however many partners there are.
"""

from datetime import datetime

from django.db import connection, transaction

from followups.silence import episodes
from followups.silence.judging import timed, verdict
from followups.standing.dialect import among, instant, is_postgresql

BATCH = 2_000

DUE = """SELECT partner_id FROM followups_standing
WHERE next_change_at <= %(now)s
ORDER BY next_change_at, partner_id LIMIT %(limit)s"""


def detect(*, now: datetime, limit: int | None = None) -> int:
    """Judge everybody whose hour has come, at most ``limit`` of them; returns how many."""
    judged = 0
    while limit is None or judged < limit:
        size = BATCH if limit is None else min(BATCH, limit - judged)
        found = detect_batch(now=now, size=size)
        judged += found
        if found < size:
            break
    return judged


@transaction.atomic
def detect_batch(*, now: datetime, size: int = BATCH) -> int:
    """One short transaction: at most ``size`` partners judged, and their episodes opened or closed."""
    ids = _take_due(now=now, size=size)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_judge(among("partner_id", ids)), {"now": instant(now)})
            judged = dict(cursor.fetchall())
        episodes.follow(silences=judged, now=now)
    return len(ids)


def _take_due(*, now: datetime, size: int) -> list[int]:
    """The partners that are due, locked; another process's are left to it."""
    query = DUE + (" FOR UPDATE SKIP LOCKED" if is_postgresql() else "")
    with connection.cursor() as cursor:
        cursor.execute(query, {"now": instant(now), "limit": size})
        return [pk for (pk,) in cursor.fetchall()]


def _judge(scope: str) -> str:
    clocked = verdict()
    columns = ", ".join(f"{expression} AS {column}" for column, expression in clocked.items())
    changes = ", ".join(f"{column} = judged.{column}" for column in clocked)
    return f"""WITH {timed(f"(SELECT * FROM followups_standing WHERE {scope})")},
judged AS (SELECT t.partner_id, {columns} FROM timed t)
UPDATE followups_standing SET {changes}
FROM judged WHERE followups_standing.partner_id = judged.partner_id
RETURNING followups_standing.partner_id, followups_standing.silence_kind"""  # noqa: S608 - names and numbers of ours
