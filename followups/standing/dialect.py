"""The few words in which PostgreSQL and SQLite differ, for the set-based statements of this floor."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from partners.models.partner import company_key


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def instant(moment: datetime) -> Any:
    """``moment`` as a parameter that compares with stored instants."""
    return connection.ops.adapt_datetimefield_value(moment)


def among(column: str, ids: Iterable[int]) -> str:
    """``column IN (1, 2, 3)``, from numbers only."""
    return f"{column} IN ({', '.join(str(int(pk)) for pk in ids)})"


def later(moment: str, hours: str) -> str:
    """The instant ``hours`` elapsed hours after ``moment``, exact to the microsecond."""
    if is_postgresql():
        return f"({moment} + ({hours}) * interval '1 hour')"
    return f"(datetime(substr({moment}, 1, 19), '+' || ({hours}) || ' hours') || substr({moment}, 20))"


def written_instant(text: str) -> str:
    """An instant that stands in JSON as ``2026-03-03 08:00:00``, in UTC; NULL stays NULL."""
    return f"(({text}) || '+00')::timestamptz" if is_postgresql() else f"({text})"


def no_longer_than(duration: str, hours: str) -> str:
    """Whether a stored duration is at most so many hours."""
    return f"{duration} <= ({hours}) * " + ("interval '1 hour'" if is_postgresql() else "3600000000")


def start_of_day(day: str) -> str:
    """The first instant of a date, in UTC."""
    return f"({day}::timestamp AT TIME ZONE 'UTC')" if is_postgresql() else f"({day} || ' 00:00:00')"


def greatest(*moments: str) -> str:
    """The latest of several instants; none of them may be NULL (SQLite's max() would be NULL)."""
    return f"{'greatest' if is_postgresql() else 'max'}({', '.join(moments)})"


def folded(text: str) -> str:
    """Text as it is searched: folded case and no accents, like ``company_key``."""
    if is_postgresql():
        plain = f"regexp_replace(normalize(lower({text}), NFKD), '[\u0300-\u036f]', '', 'g')"
        return f"replace({plain}, 'ß', 'ss')"
    return f"firstline_folded({text})"


def joined(text: str, *, order: str) -> str:
    """All values of a group with a space between them, in a fixed order where the database offers one."""
    return f"string_agg({text}, ' ' ORDER BY {order})" if is_postgresql() else f"group_concat({text}, ' ')"


def looked_up(table: str, alias: str, condition: str) -> str:
    """A left join to at most one row, found by one look into an index for each row on the left.

    PostgreSQL would rather read the whole table once for a thousand rows on the left, and does so for every batch;
    SQLite looks into the index anyway, and knows no LATERAL.
    """
    if is_postgresql():
        return f"LEFT JOIN LATERAL (SELECT * FROM {table} {alias} WHERE {condition} LIMIT 1) {alias} ON TRUE"  # noqa: S608
    return f"LEFT JOIN {table} {alias} ON {condition}"


def teach_folding(*, connection: Any, **_: object) -> None:
    """Receiver of ``connection_created``: SQLite learns to fold accents."""
    if connection.vendor == "sqlite" and isinstance(connection.connection, sqlite3.Connection):
        connection.connection.create_function("firstline_folded", 1, _fold, deterministic=True)


def _fold(text: str | None) -> str | None:
    return None if text is None else company_key(text)
