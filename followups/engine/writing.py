"""Many rows written by one statement, which costs a row the same however many there are.

What is the same in all rows is said once, beside the list of what differs.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from followups.engine.archiving import take_back_used
from followups.models import FollowUp
from partners.inserting import PLAIN, insert

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

    def __init__(self, db: BaseDatabaseWrapper, values_of: Mapping[Any, Sequence[Any]]) -> None:
        self.db = db
        self.same: dict[Any, Any] = {}
        self.listed: dict[Any, Sequence[Any]] = {}
        for field, values in values_of.items():
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
        count = len(next(iter(self.listed.values())))
        rows = ", ".join([f"({first})", *[f"({others})"] * (count - 1)])
        return f"fresh ({', '.join(map(self.name, self.listed))}) AS (VALUES {rows})"

    @property
    def values(self) -> list[Any]:
        """In the order of their places: the list, then what is the same."""
        listed = chain.from_iterable(zip(*self.listed.values(), strict=True))
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
    fields: list[Any] = [meta.pk, *map(meta.get_field, names)]
    columns = _Columns(db, {each: list(map(attrgetter(_name(each)), rows)) for each in fields})
    key, *listed = map(columns.name, columns.listed)
    table = db.ops.quote_name(meta.db_table)
    changes = [f"{name} = fresh.{name}" for name in listed]
    changes += [f"{columns.name(field)} = {columns.place(field)}" for field in columns.same]
    sql = f"WITH {columns.fresh} UPDATE {table} SET {', '.join(changes)} FROM fresh WHERE {table}.{key} = fresh.{key}"  # noqa: S608 - names of our own
    with db.cursor() as cursor:
        cursor.execute(sql, columns.values)


def _name(field: Any) -> str:
    return "pk" if field.primary_key else str(field.attname)


def add(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]], *, unless_taken: str
) -> dict[Any, int]:
    """Insert ``rows``, which hold the values of the columns called ``names``, in their order; others get their default.

    A row whose value in the unique column ``unless_taken`` is there already is left out. Returns the primary keys of
    the others, by that value.
    """
    if not rows:
        return {}
    meta, db = model._meta, connections[DEFAULT_DB_ALIAS]
    given = dict(zip(names, zip(*rows, strict=True), strict=True))
    others: dict[str, Any] = {each.attname: each for each in meta.local_concrete_fields if not each.primary_key}
    columns = _Columns(db, {others.pop(name): values for name, values in given.items()})
    columns.same |= {field: field.get_db_prep_save(field.get_default(), db) for field in others.values()}
    names = [columns.name(field) for field in (*columns.listed, *columns.same)]
    values = [*map(columns.name, columns.listed), *(columns.place(field) for field in columns.same)]
    table, key = db.ops.quote_name(meta.db_table), db.ops.quote_name(str(meta.pk.column))
    unique = db.ops.quote_name(unless_taken)
    # "WHERE true": SQLite would take the ON for that of a join.
    sql = f"""WITH {columns.fresh} INSERT INTO {table} ({", ".join(names)}) SELECT {", ".join(values)} FROM fresh
        WHERE true ON CONFLICT ({unique}) DO NOTHING RETURNING {key}, {unique}"""  # noqa: S608 - names of our own
    with db.cursor() as cursor:
        cursor.execute(sql, columns.values)
        return {value: pk for pk, value in cursor.fetchall()}
