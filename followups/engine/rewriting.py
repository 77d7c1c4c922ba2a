"""Many rows changed by one statement, each in its own way."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def rewrite(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the fields called ``names`` of all ``rows``, which are of one model.

    The rows travel as a list of values that the table is joined with, so the cost of a row does not grow with their
    number, as it does with one condition a row.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields: list[Any] = [meta.pk, *(meta.get_field(name) for name in names)]
    key, *columns = (connection.ops.quote_name(field.column) for field in fields)
    table, place = connection.ops.quote_name(meta.db_table), f"({', '.join(['%s'] * len(fields))})"
    sql = f"""
        WITH fresh ({", ".join([key, *columns])}) AS (VALUES {", ".join([_typed(fields), *[place] * (len(rows) - 1)])})
        UPDATE {table} SET {", ".join(f"{column} = fresh.{column}" for column in columns)}
        FROM fresh WHERE {table}.{key} = fresh.{key}
    """  # noqa: S608 - names of our own
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _typed(fields: Sequence[Any]) -> str:
    """The first row's places. Where the database wants to know types, it learns them there, for all the others."""
    if connection.vendor != "postgresql":
        return f"({', '.join(['%s'] * len(fields))})"
    return f"({', '.join(f'%s::{field.cast_db_type(connection)}' for field in fields)})"
