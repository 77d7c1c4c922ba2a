"""Changes of tables that are in use, for migrations with ``atomic = False``: on PostgreSQL nobody is kept out.

Each can be run again after it was interrupted.
"""

from typing import Any

from django.db.migrations import AddConstraint, AddIndex, AlterField, RemoveIndex


class AddIndexInUse(AddIndex):
    """Adds an index without keeping writers out."""

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _is_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(_drop_index(schema_editor, self.index.name))  # what an interrupted try left is not valid
        schema_editor.add_index(to_state.apps.get_model(app_label, self.model_name), self.index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _is_postgresql(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(_drop_index(schema_editor, self.index.name))


class RemoveIndexInUse(RemoveIndex):
    """Takes an index away without keeping anybody out."""

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _is_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(_drop_index(schema_editor, str(self.name)))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _is_postgresql(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        schema_editor.execute(_drop_index(schema_editor, str(self.name)))
        schema_editor.add_index(model, index, concurrently=True)


class RemoveFieldIndexInUse(AlterField):
    """Takes away the index that a foreign key has of its own, where another one begins with the same column."""

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(self._drop(schema_editor, from_state.apps.get_model(app_label, self.model_name)))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(self._drop(schema_editor, model))  # what an interrupted try left is not valid
        name, column = self._index(schema_editor, model)
        how = "INDEX CONCURRENTLY" if _is_postgresql(schema_editor) else "INDEX"
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.execute(f"CREATE {how} {schema_editor.quote_name(name)} ON {table} ({column})")

    def _index(self, schema_editor: Any, model: Any) -> tuple[str, str]:
        """The name that Django gave it, and the column that it holds."""
        column = model._meta.get_field(self.name).column
        return schema_editor._create_index_name(model._meta.db_table, [column]), schema_editor.quote_name(column)

    def _drop(self, schema_editor: Any, model: Any) -> str:
        name, _column = self._index(schema_editor, model)
        if _is_postgresql(schema_editor):
            return _drop_index(schema_editor, name)
        return f"DROP INDEX IF EXISTS {schema_editor.quote_name(name)}"


class AddCheckInUse(AddConstraint):
    """Adds a check constraint: new rows are held to it at once, the old ones are looked through beside the writers."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _is_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        table = f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)}"
        name = schema_editor.quote_name(self.constraint.name)
        schema_editor.execute(f"{table} DROP CONSTRAINT IF EXISTS {name}")
        schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", params=None)
        schema_editor.execute(f"{table} VALIDATE CONSTRAINT {name}")


class AddUniqueInUse(AddConstraint):
    """Adds a unique constraint with a condition, which is a unique index, without keeping writers out."""

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _is_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(_drop_index(schema_editor, self.constraint.name))  # what an interrupted try left
        index = str(self.constraint.create_sql(model, schema_editor))
        begins = "CREATE UNIQUE INDEX "
        if not index.startswith(begins):
            raise ValueError(f"{self.constraint.name} is no unique index: it has no condition.")
        schema_editor.execute(index.replace(begins, f"{begins}CONCURRENTLY ", 1), params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _is_postgresql(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(_drop_index(schema_editor, self.constraint.name))


def _is_postgresql(schema_editor: Any) -> bool:
    return bool(schema_editor.connection.vendor == "postgresql")


def _drop_index(schema_editor: Any, name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}"
