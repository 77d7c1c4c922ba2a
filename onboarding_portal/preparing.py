"""Whether checks and migrations have to run before a start, or the last start ran them for exactly this.

What decides: our own code, the installed packages, and what the database itself says was applied to it. The stamp is
written after the work, so a start that was interrupted does it again; and a database that was deleted, restored or
migrated by hand no longer fits the stamp.
"""

from __future__ import annotations

import sqlite3
import sys
import sysconfig
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from scripts import stamps

ROOT: Final = Path(__file__).resolve().parent.parent
CODE: Final = ("onboarding_portal", "partners", "playbooks", "followups")
STAMP: Final = "prepared"


def is_prepared(var: Path, database: Path) -> bool:
    applied = applied_migrations(database)
    return bool(applied) and stamps.is_current(var / STAMP, _state(applied))


def remember(var: Path, database: Path) -> None:
    stamps.write(var / STAMP, _state(applied_migrations(database)))


def applied_migrations(database: Path) -> list[str]:
    """What Django wrote down in the file, in the order of its names; nothing where there is no readable database."""
    if not database.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    except sqlite3.DatabaseError:  # not Django's, or no database at all: migrating says what is wrong with it
        return []
    return [name for (name,) in rows]


def _state(applied: list[str]) -> str:
    sources = [source for name in CODE for source in (ROOT / name).rglob("*.py")]
    return "\n".join([stamps.fingerprint(sources), sys.version, *_installed(), *applied])


def _installed() -> list[str]:
    """The installed packages with their versions, by the names of their folders."""
    folder = Path(sysconfig.get_paths()["purelib"])
    return sorted(entry.name for entry in folder.glob("*.dist-info"))
