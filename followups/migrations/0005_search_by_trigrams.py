"""Search over 100,000 partners by any part of a word: a trigram index where the database has one."""

from typing import Any

from django.db import migrations

CREATE = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX standing_search_trgm ON followups_standing USING gin (search gin_trgm_ops)",
)
# The extension stays: others in the same database may use it.
DROP = ("DROP INDEX IF EXISTS standing_search_trgm",)


def create(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, CREATE)


def drop(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, DROP)


def _run(schema_editor: Any, statements: tuple[str, ...]) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("followups", "0004_standing_rests_and_counts")]

    operations = [migrations.RunPython(create, drop, elidable=False)]
