from typing import Any

from django.db import migrations

HOT = ("followups_followup", "followups_message")
# By its own standard PostgreSQL clears up once a fifth of a table is dead: of ten million rows, two million, over which
# the next to be claimed is looked for. Here each row changes several times within minutes, so: once a hundredth is.
SETTINGS = {
    "autovacuum_vacuum_scale_factor": "0.01",
    "autovacuum_analyze_scale_factor": "0.01",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
}


def tidy(apps: Any, schema_editor: Any) -> None:
    """Neither statement rewrites the table or keeps anybody from reading or writing."""
    if schema_editor.connection.vendor != "postgresql":
        return
    settings = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
    for table in HOT:
        schema_editor.execute(f"ALTER TABLE {table} SET ({settings})")
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_like_index(schema_editor)}")


def leave(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in HOT:
        schema_editor.execute(f"ALTER TABLE {table} RESET ({', '.join(SETTINGS)})")
    name = _like_index(schema_editor)
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")  # what an interrupted try left is not valid
    schema_editor.execute(f"CREATE INDEX CONCURRENTLY {name} ON followups_message (key varchar_pattern_ops)")


def _like_index(schema_editor: Any) -> str:
    """A second index over the key, for LIKE alone, which Django makes and nobody asks: every change of a row paid it."""
    return str(schema_editor.quote_name(schema_editor._create_index_name("followups_message", ["key"], suffix="_like")))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followups", "0017_keep_what_people_want")]

    operations = [migrations.RunPython(tidy, leave)]
