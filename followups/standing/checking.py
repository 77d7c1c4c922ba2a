"""Does Standing still say what the facts say? A check that names the columns that drifted."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from followups.silence.judging import threshold_hours
from followups.standing.dialect import among, instant, later
from followups.standing.refreshing import partner_batches, refresh
from followups.standing.statement import CLOCKED, COLUMNS, PLAIN, computed
from partners.models import Vendor


@dataclass
class Drift:
    partners: list[int] = field(default_factory=list)
    columns: Counter[str] = field(default_factory=Counter)
    checked: int = 0


def find_drift(*, vendor: Vendor, now: datetime, repair: bool = False) -> Drift:
    """Compare all partners of a vendor, a batch at a time; with ``repair`` also bring the drifted up to date.

    What the clock moves is compared only where no tick is due, for until then it may lag behind; so it may where
    silence waits for a reminder, whose own moves tell Standing nothing before that tick.
    """
    drift = Drift()
    for ids in partner_batches(vendor=vendor):
        found = _compare(ids, now=now)
        drift.checked += len(ids)
        drift.partners += list(found)
        drift.columns.update(column for columns in found.values() for column in columns)
        if repair:
            refresh(partner_ids=found, now=now)
    return drift


def _compare(ids: list[int], *, now: datetime) -> dict[int, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_differences(among("id", ids)), {"now": instant(now)})
        rows = cursor.fetchall()
    return {pk: _named(missing, flags) for pk, missing, *flags in rows}


def _named(missing: int, flags: list[int]) -> list[str]:
    return ["(no row)"] if missing else [column for column, flag in zip(COLUMNS[1:], flags, strict=True) if flag]


def _differences(scope: str) -> str:
    """One row for each partner that drifted: its key, whether its row is missing, and a flag for each column."""
    differs = {column: f"s.{column} IS DISTINCT FROM c.{column}" for column in PLAIN[1:]}
    settled = f"((s.next_change_at IS NULL OR s.next_change_at > %(now)s) AND NOT ({_waits('s')} OR {_waits('c')}))"
    differs |= {column: f"({settled} AND s.{column} IS DISTINCT FROM c.{column})" for column in CLOCKED}
    flags = ", ".join(f"CASE WHEN {differs[column]} THEN 1 ELSE 0 END" for column in COLUMNS[1:])
    any_of = " OR ".join(differs.values())
    return f"""SELECT c.partner_id, CASE WHEN s.partner_id IS NULL THEN 1 ELSE 0 END, {flags}
FROM ({computed(scope)}) c JOIN partners_vendor v ON v.id = c.vendor_id
LEFT JOIN followups_standing s ON s.partner_id = c.partner_id
WHERE s.partner_id IS NULL OR {any_of}"""  # noqa: S608 - names of ours


def _waits(row: str) -> str:
    """Whether its silence was put off for a reminder."""
    threshold = later(f"{row}.quiet_since", threshold_hours(row))
    put_off = f"{row}.quiet_kind IN ('never_started', 'stopped') AND {row}.next_change_at > {threshold}"
    return f"COALESCE({row}.silence_kind = '' AND {put_off}, FALSE)"
