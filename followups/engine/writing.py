"""Many rows written by one statement, which costs a row the same however many there are."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def rewrite(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the fields called ``names`` of all ``rows``, which are of one model; each gets its own values."""
    if not rows:
        return
    meta = rows[0]._meta
    fields: list[Any] = [meta.pk, *(meta.get_field(name) for name in names)]
    key, *columns = (connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(meta.db_table)
    places = [_typed(fields), *[_places(fields)] * (len(rows) - 1)]
    sql = f"""
        WITH fresh ({", ".join([key, *columns])}) AS (VALUES {", ".join(places)})
        UPDATE {table} SET {", ".join(f"{column} = fresh.{column}" for column in columns)}
        FROM fresh WHERE {table}.{key} = fresh.{key}
    """  # noqa: S608 - names of our own
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(rows, fields))


def add(rows: Sequence[Row], *, unless_taken: str) -> list[Row]:
    """Insert ``rows`` in their order, and give them their primary keys.

    A row whose value in the unique field ``unless_taken`` is there already is not inserted; those are returned.
    """
    if not rows:
        return []
    meta = rows[0]._meta
    fields: list[Any] = [field for field in meta.local_concrete_fields if not field.primary_key]
    [unique] = [connection.ops.quote_name(field.column) for field in fields if field.name == unless_taken]
    sql = f"""
        INSERT INTO {connection.ops.quote_name(meta.db_table)}
            ({", ".join(connection.ops.quote_name(field.column) for field in fields)})
        VALUES {", ".join([_places(fields)] * len(rows))}
        ON CONFLICT ({unique}) DO NOTHING RETURNING {connection.ops.quote_name(str(meta.pk.column))}, {unique}
    """  # noqa: S608 - names of our own
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(rows, fields))
        made = {value: key for key, value in cursor.fetchall()}
    for row in rows:
        row.pk = made.get(getattr(row, unless_taken))
    return [row for row in rows if row.pk is None]


def _values(rows: Sequence[models.Model], fields: Sequence[Any]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]


def _places(fields: Sequence[Any]) -> str:
    return f"({', '.join(['%s'] * len(fields))})"


def _typed(fields: Sequence[Any]) -> str:
    """The first row's places. Where the database wants to know types, it learns them there, for all the others."""
    if connection.vendor != "postgresql":
        return _places(fields)
    return f"({', '.join(f'%s::{field.cast_db_type(connection)}' for field in fields)})"
