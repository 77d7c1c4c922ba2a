"""Many plain rows at once. A load of ten thousands would else spend more on making an instance of each and preparing
its values one by one than the database spends on storing them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import BooleanField, CharField, ForeignKey, IntegerField, Model, PositiveIntegerField, TextField

# What the database takes as Python has it. Fields of a class made from one of these may want to change a value.
PLAIN = (BooleanField, CharField, ForeignKey, IntegerField, PositiveIntegerField, TextField)
Row = Sequence[Any]


def insert(
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    same: Mapping[str, Any] | None = None,
    unless_there: bool = False,
) -> list[int]:
    """Write ``rows``, which hold the values of ``columns``, and return their keys in the same order.

    ``same`` holds what all of them have in common; every other column gets its default. Columns are named as in the
    database (``partner_id``); one that the table does not have is a ``KeyError``. With ``unless_there`` a row
    that a unique constraint does not take is left out, and its key too. Nothing is told to anybody, as with
    ``bulk_create``.
    """
    if not rows:
        return []
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    varied = [fields.pop(column) for column in columns]
    given = {fields[column]: value for column, value in (same or {}).items()}
    common = {field: given[field] if field in given else field.get_default() for field in fields.values()}
    constants = [field.get_db_prep_save(value, connection) for field, value in common.items()]
    prepared = list(zip(*(_prepared(field, values) for field, values in _by_column(varied, rows)), strict=True))
    write = _unnested if connection.vendor == "postgresql" else _from_json
    table = f"{model._meta.db_table} ({_names([*varied, *common])})"
    end = f"{'ON CONFLICT DO NOTHING ' if unless_there else ''}RETURNING id"
    return [pk for (pk,) in write(table, varied, prepared, list(common), constants, end)]


def _by_column(fields: Sequence[Any], rows: Sequence[Row]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    return zip(fields, zip(*rows, strict=True), strict=True)


def _prepared(field: Any, values: Sequence[Any]) -> Sequence[Any]:
    if type(field) in PLAIN:
        return values
    return [field.get_db_prep_save(value, connection) for value in values]


def _unnested(
    table: str,
    varied: Sequence[Any],
    rows: Sequence[Row],
    common: Sequence[Any],
    constants: Sequence[Any],
    end: str,
) -> list[tuple[int]]:
    """One statement of one parameter a column: PostgreSQL plans it once, however many rows there are."""
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in varied)
    literals = "".join(f", %s::{_type(field)}" for field in common)
    statement = f"INSERT INTO {table} SELECT told.*{literals} FROM unnest({arrays}) told {end}"  # noqa: S608 - names of our own models
    with connection.cursor() as cursor:
        cursor.execute(statement, [*constants, *(list(values) for values in zip(*rows, strict=True))])
        return list(cursor.fetchall())


def _from_json(
    table: str,
    varied: Sequence[Any],
    rows: Sequence[Row],
    common: Sequence[Any],
    constants: Sequence[Any],
    end: str,
) -> list[tuple[int]]:
    """One statement too: SQLite takes few parameters, but one of them may hold all rows. A decimal goes as its text,
    which is how SQLite gets decimals anyway.
    """
    values = [*(f"json_extract(told.value, '$[{place}]')" for place in range(len(varied))), *(["%s"] * len(common))]
    # "WHERE true": SQLite would take an ON CONFLICT for the ON of a join.
    statement = (
        f"INSERT INTO {table} SELECT {', '.join(values)} "  # noqa: S608 - names of our own models
        f"FROM json_each(%s) told WHERE true ORDER BY told.key {end}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*constants, json.dumps(rows, default=str)])
        return list(cursor.fetchall())


def _names(fields: Sequence[Any]) -> str:
    return ", ".join(connection.ops.quote_name(field.column) for field in fields)


def _type(field: Any) -> str:
    """The column's type without its length, which arrays do not take."""
    return str(field.db_type(connection)).split("(")[0]
