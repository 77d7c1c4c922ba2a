"""The demo's clock: the real one plus an offset that all processes on this machine read.

The offset lies in a small file below VAR_DIR, so that web, worker and commands see a change at once and
without a query. Times in the database are therefore "demo times"; leases stay on the database's own clock.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

LONGEST = timedelta(days=366)


def _file() -> Path:
    return Path(settings.VAR_DIR) / "demo-clock-seconds"


def offset() -> timedelta:
    """How far the demo's clock is ahead of the real one; nothing when it was never moved."""
    try:
        return timedelta(seconds=float(_file().read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()


def is_moved() -> bool:
    return bool(offset())


def shifted_now() -> datetime:
    return timezone.now() + offset()


def move_on(by: timedelta) -> None:
    """Move the clock forward, at most a year ahead of the real one."""
    _write(min(offset() + by, LONGEST))


def back_to_now() -> None:
    _file().unlink(missing_ok=True)


def _write(ahead: timedelta) -> None:
    fresh = _file().with_suffix(f".{os.getpid()}")
    fresh.write_text(str(ahead.total_seconds()), encoding="ascii")
    fresh.replace(_file())  # atomic: a reader sees the old offset or the new one
