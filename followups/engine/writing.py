"""Many rows written by one statement, which costs a row the same however many there are.

What is the same in all rows is said once, beside the list of what differs.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from followups.engine.archiving import take_back_used
from followups.models import FollowUp
from partners.inserting import PLAIN, insert

Row = TypeVar("Row", bound=models.Model)
PLANNED = (
    "vendor_id",
    "partner_id",
    "enrollment_id",
    "progress_id",
    "kind",
    "channel",
    "episode",
    "contact_id",
    "member_id",
    "anchor_at",
    "offset",
    "time_zone",
    "policy_version",
    "due_at",
)


class _Columns:
    """The values that some fields have in some rows: ``same`` in all of them, or ``listed`` row by row."""

    def __init__(self, db: BaseDatabaseWrapper, rows: Sequence[Any], fields: Sequence[Any]) -> None:
        self.db, self.count = db, len(rows)
        self.same: dict[Any, Any] = {}
        self.listed: dict[Any, list[Any]] = {}
        for field in fields:
            name = "pk" if field.primary_key else field.attname
            values = [getattr(row, name) for row in rows]
            if len(values) > 1 and values.count(values[0]) == len(values):
                self.same[field] = field.get_db_prep_save(values[0], db)
            elif type(field) in PLAIN:
                self.listed[field] = values
            else:
                self.listed[field] = [field.get_db_prep_save(value, db) for value in values]

    def name(self, field: Any) -> str:
        return self.db.ops.quote_name(field.column)

    def place(self, field: Any) -> str:
        """For one value, with its type where the database wants to know it."""
        return f"%s::{field.cast_db_type(self.db)}" if self.db.vendor == "postgresql" else "%s"

    @property
    def fresh(self) -> str:
        """The list as a table; its first row says the types for all."""
        first = ", ".join(self.place(field) for field in self.listed)
        others = ", ".join(["%s"] * len(self.listed))
        rows = ", ".join([f"({first})", *[f"({others})"] * (self.count - 1)])
        return f"fresh ({', '.join(map(self.name, self.listed))}) AS (VALUES {rows})"

    @property
    def values(self) -> list[Any]:
        """In the order of their places: the list, then what is the same."""
        listed = [value for row in zip(*self.listed.values(), strict=True) for value in row]
        return [*listed, *self.same.values()]


def add_follow_ups(followups: Sequence[FollowUp]) -> None:
    """Insert planned follow-ups; one that is there already, or was and is archived, stays as it is."""
    rows = [tuple(getattr(followup, column) for column in PLANNED) for followup in followups]
    take_back_used(insert(FollowUp, PLANNED, rows, unless_there=True))


def rewrite(model: type[models.Model], rows: Sequence[Any], names: Sequence[str]) -> None:
    """Write the fields called ``names`` of rows of ``model``; each gets its own values.

    A row has the primary key as ``pk`` and each field under the name that it has in an instance of the model.
    """
    if not rows:
        return
    meta, db = model._meta, connections[DEFAULT_DB_ALIAS]
    columns = _Columns(db, rows, [meta.pk, *(meta.get_field(name) for name in names)])
    key, *listed = map(columns.name, columns.listed)
    table = db.ops.quote_name(meta.db_table)
    changes = [f"{name} = fresh.{name}" for name in listed]
    changes += [f"{columns.name(field)} = {columns.place(field)}" for field in columns.same]
    sql = f"WITH {columns.fresh} UPDATE {table} SET {', '.join(changes)} FROM fresh WHERE {table}.{key} = fresh.{key}"  # noqa: S608 - names of our own
    with db.cursor() as cursor:
        cursor.execute(sql, columns.values)


def add(model: type[Row], rows: Sequence[Row], *, unless_taken: str) -> list[Row]:
    """Insert ``rows`` in their order, and give them their primary keys.

    A row whose value in the unique field ``unless_taken`` is there already is not inserted; those are returned.
    """
    if not rows:
        return []
    meta, db = model._meta, connections[DEFAULT_DB_ALIAS]
    columns = _Columns(db, rows, [field for field in meta.local_concrete_fields if not field.primary_key])
    names = [columns.name(field) for field in (*columns.listed, *columns.same)]
    values = [*map(columns.name, columns.listed), *(columns.place(field) for field in columns.same)]
    table, key = db.ops.quote_name(meta.db_table), db.ops.quote_name(str(meta.pk.column))
    [unique] = [columns.name(field) for field in columns.listed if field.name == unless_taken]
    # "WHERE true": SQLite would take the ON for that of a join.
    sql = f"""WITH {columns.fresh} INSERT INTO {table} ({", ".join(names)}) SELECT {", ".join(values)} FROM fresh
        WHERE true ON CONFLICT ({unique}) DO NOTHING RETURNING {key}, {unique}"""  # noqa: S608 - names of our own
    with db.cursor() as cursor:
        cursor.execute(sql, columns.values)
        made = {value: pk for pk, value in cursor.fetchall()}
    for row in rows:
        row.pk = made.get(getattr(row, unless_taken))
    return [row for row in rows if row.pk is None]
