"""The demo made anew from nothing, relative to now.

It takes as long as the first start, so it runs in a process of its own, into a database file of its own, while the old
demo can still be used; then the new one takes its place. A lock that the process holds says that it is under way.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from onboarding_portal.demo import building, clock, snapshots
from onboarding_portal.demo.turnstile import alone

MANAGE = Path(settings.BASE_DIR) / "manage.py"


def begin() -> None:
    """Start it, unless it is under way; returns at once."""
    with _lock() as lock:
        if not _take(lock):
            return
        _unfinished().touch()
        command = [sys.executable, str(MANAGE), "demo_start_over", "--skip-checks"]
        # The process inherits the lock and holds it for as long as it lives, however it ends.
        subprocess.Popen(command, pass_fds=[lock.fileno()], stdin=subprocess.DEVNULL)


def is_under_way() -> bool:
    with _lock() as lock:
        return not _take(lock)


def has_failed() -> bool:
    """Whether the last one ended before it was through."""
    return _unfinished().exists() and not is_under_way()


def run() -> None:
    """What the process does."""
    if snapshots.can_be_taken():
        _build_beside()
    else:
        with alone():
            clock.back_to_now()
            call_command("flush", interactive=False, verbosity=0)
            building.build(now=timezone.now())
    _unfinished().unlink(missing_ok=True)


def _build_beside() -> None:
    beside = Path(settings.VAR_DIR) / "demo-anew.sqlite3"
    _remove(beside)
    env = os.environ | {"DATABASE_URL": f"sqlite:///{beside}", "LOG_LEVEL": "WARNING"}
    for command in ("migrate --no-input --verbosity 0", "demo_data --by-the-real-clock --skip-checks"):
        subprocess.run([sys.executable, str(MANAGE), *command.split()], env=env, check=True, stdout=subprocess.DEVNULL)
    with alone():
        snapshots.put_in_place(beside)
        clock.back_to_now()
        snapshots.forget()
    connection.close()
    _remove(beside)


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _lock() -> IO[str]:
    return (Path(settings.VAR_DIR) / "demo-start-over.lock").open("a")


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unfinished() -> Path:
    return Path(settings.VAR_DIR) / "demo-start-over-unfinished"
