"""One clock for all processes of a run, kept in a file: it can be moved, and goes on where an earlier piece stopped."""

import mmap
import os
import struct
import time
from datetime import datetime, timedelta
from pathlib import Path

from bench.reminders.clock import START

FILE = "HAVOC_CLOCK"  # the variable that tells every process where it is
_shared: list[mmap.mmap] = []


def now() -> datetime:
    return START + timedelta(seconds=time.monotonic() + _offset())


def put(moment: datetime) -> None:
    """Let it be ``moment`` now, in all processes."""
    _page()[:8] = struct.pack("d", (moment - START).total_seconds() - time.monotonic())


def resume(seconds: float) -> None:
    """Go on at so many seconds after the bench's morning."""
    put(START + timedelta(seconds=seconds))


def make(path: Path) -> None:
    path.write_bytes(bytes(8))
    os.environ[FILE] = str(path)


def _offset() -> float:
    seconds: float = struct.unpack("d", _page()[:8])[0]
    return seconds


def _page() -> mmap.mmap:
    if not _shared:
        with Path(os.environ[FILE]).open("r+b") as file:
            _shared.append(mmap.mmap(file.fileno(), 8))
    return _shared[0]
