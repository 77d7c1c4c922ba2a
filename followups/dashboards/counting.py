"""Counts whose cost does not grow: exact up to a bound, then "that many and more"."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import formats

BOUND = 10_000


class Count(int):
    """A number of rows, counted no further than ``BOUND``."""

    @property
    def is_bounded(self) -> bool:
        return self >= BOUND

    def __str__(self) -> str:
        shown = formats.number_format(min(int(self), BOUND), force_grouping=True)
        return f"{shown}+" if self.is_bounded else shown


def bounded_counts(rows: Mapping[str, QuerySet[Any]]) -> dict[str, Count]:
    """All counts in one query."""
    parts, params = [], []
    for name, queryset in rows.items():
        sql, own = _bounded(queryset).query.sql_with_params()
        parts.append(f"SELECT %s AS name, count(*) FROM ({sql}) counted")  # noqa: S608 - the ORM's own SQL
        params += [name, *own]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return {name: Count(number) for name, number in cursor.fetchall()}


def _bounded(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    narrow = rows if rows.query.is_sliced else rows.order_by()[:BOUND]
    return narrow.values("pk")
