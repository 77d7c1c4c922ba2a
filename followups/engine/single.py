"""Single rows, written without building a query first: that is done for every mail."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models


def assignments(model: type[models.Model], values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """What stands after SET to give a row's fields these ``values``, and the parameters that belong to it."""
    columns, parameters = _prepared(model, values)
    return ", ".join(f"{column} = %s" for column in columns), parameters


def insert_one(model: type[models.Model], values: Mapping[str, Any]) -> None:
    """One row; ``values`` names every field that the database does not fill by itself."""
    columns, parameters = _prepared(model, values)
    table, places = connection.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", parameters)  # noqa: S608 - names of our own


def _prepared(model: type[models.Model], values: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    fields: list[Any] = [model._meta.get_field(name) for name in values]
    columns = [connection.ops.quote_name(field.column) for field in fields]
    return columns, [
        field.get_db_prep_save(value, connection) for field, value in zip(fields, values.values(), strict=True)
    ]
