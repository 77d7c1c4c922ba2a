"""The demo's database as it was before its clock was moved, and the way back to it.

Only SQLite can do that here. Both ways go through SQLite's own backup, page by page in one transaction: processes
that have the file open see the old content or the new, never a mixture, and keep their connections.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

GIVE_UP_AFTER = 100  # waits of a quarter second for the database's lock


class DatabaseBusy(Exception):
    """Somebody outside the house, such as a command, holds the database's lock."""


def can_be_taken() -> bool:
    return connection.vendor == "sqlite"


def is_taken() -> bool:
    return file().exists()


def taken_at() -> datetime | None:
    """When the database was kept, by the real clock, which the demo's was until then; None where it was not."""
    if not can_be_taken() or not is_taken():
        return None
    return datetime.fromtimestamp(file().stat().st_mtime, tz=UTC)


def file() -> Path:
    return Path(settings.VAR_DIR) / "demo-before.sqlite3"


def take() -> None:
    """Keep the database as it is now, whole or not at all."""
    fresh = file().with_suffix(".new")
    fresh.unlink(missing_ok=True)
    copy(_live(), fresh)
    fresh.replace(file())


def restore() -> None:
    """Put back what was kept. Whoever is signed in stays so. To be called alone: see turnstile."""
    put_in_place(file())
    _migrate_what_is_older()


def forget() -> None:
    file().unlink(missing_ok=True)


def put_in_place(source: Path) -> None:
    """Make the database what ``source`` is, with the sessions there are now. Raises ``DatabaseBusy``."""
    sessions = list(Session.objects.all())
    connection.close()
    copy(source, _live())
    with transaction.atomic():
        Session.objects.all().delete()
        Session.objects.bulk_create(sessions)


def copy(source: Path, target: Path) -> None:
    """From one database file into another that may be in use. Raises ``DatabaseBusy``."""
    waits = 0

    def count(status: int, _remaining: int, _total: int) -> None:
        nonlocal waits
        waits += status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if waits > GIVE_UP_AFTER:
            raise DatabaseBusy

    # Without a timeout of its own, or SQLite would wait five seconds before the first of ours is counted.
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target, timeout=0)) as here:
        there.backup(here, pages=-1, progress=count, sleep=0.25)


def _migrate_what_is_older() -> None:
    """What was kept before an update of Firstline has the tables of then."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def _live() -> Path:
    return Path(connection.settings_dict["NAME"])
