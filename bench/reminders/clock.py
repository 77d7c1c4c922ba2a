"""The bench's clock: a Wednesday morning in Berlin, running on from there, so that everybody may be written to."""

import os
import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 18, 9, tzinfo=UTC)
BEGAN = "BENCH_BEGAN"  # the variable that tells all processes of a run when the clock read START


def begin(*, at: datetime = START) -> None:
    """Let it be ``at`` now, for this process and those that it starts from now on."""
    os.environ[BEGAN] = repr(time.monotonic() - (at - START).total_seconds())


def now() -> datetime:
    return START + timedelta(seconds=time.monotonic() - float(os.environ[BEGAN]))


def reached(moment: datetime) -> float:
    """When the machine's own clock read what this one reads as ``moment``."""
    return float(os.environ[BEGAN]) + (moment - START).total_seconds()
