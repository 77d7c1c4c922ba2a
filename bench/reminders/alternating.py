"""Ours and the raw statements in turn, over rows of one kind and within the same minute.

Whatever else the machine does, and however full its caches and its log are, meets both sides alike. Each slice is begun
by all processes together; a slice of ours and the raw one beside it make a pair.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from bench.reminders.crew import Ready, Shift
from bench.reminders.replay import Script

PAIRS = 10
Batch = Callable[[], int]


@dataclass(frozen=True)
class Slice:
    """What one process did of one side in one go; seconds on the machine's own clock, or of a core."""

    is_raw: bool
    began: float
    ended: float
    rows: int
    cpu: float  # of the process
    database: float  # of what serves it in the database


@dataclass(frozen=True)
class Plan:
    """How many pairs, and how many batches of each side every process does in one."""

    pairs: int
    batches: int

    @classmethod
    def of(cls, rows: int, *, batch: int, processes: int) -> "Plan":
        """About ``rows`` a side."""
        each = max(1, rows // (batch * processes))
        pairs = min(PAIRS, each)
        return cls(pairs, each // pairs)

    def rows(self, *, batch: int, processes: int) -> int:
        """As many as both sides together take, with a batch of each to warm up, and one to spare."""
        return batch * processes * (2 * self.pairs * self.batches + 3)


def alternate(ready: Ready, *, make: Callable[[], Batch], script: Script, plan: Plan) -> list[Slice]:
    """The pairs of one process. Who begins changes from pair to pair: "ours, raw, raw, ours"."""
    connection.ensure_connection()
    sides: list[tuple[bool, Batch]] = [(False, make()), (True, script.run)]
    for _is_raw, batch in sides:
        batch()
    slices = []
    for pair in range(plan.pairs):
        for is_raw, batch in sides if pair % 2 == 0 else reversed(sides):
            ready()
            before = time.monotonic(), time.process_time(), _database_seconds()
            rows = sum(batch() for _ in range(plan.batches))
            after = time.monotonic(), time.process_time(), _database_seconds()
            slices.append(Slice(is_raw, before[0], after[0], rows, after[1] - before[1], after[2] - before[2]))
    return slices


def _database_seconds() -> float:
    """Of a core, so far, by the process that serves our connection; it runs on this machine too."""
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Side:
    """One side of all pairs."""

    rates: list[float]  # rows/s, pair by pair
    cpu: float  # ms of a process a row
    database: float  # ms of the database a row

    def __str__(self) -> str:
        spread = f"{min(self.rates):,.0f} to {max(self.rates):,.0f}"
        cost = f"{self.cpu:.2f} ms of a process and {self.database:.2f} of the database a row"
        return f"{statistics.median(self.rates):,.0f} rows/s ({spread}; {cost})"


def sides_of(shift: Shift) -> tuple[Side, Side]:
    """Ours and the raw one."""
    return _side(shift, is_raw=False), _side(shift, is_raw=True)


def _side(shift: Shift, *, is_raw: bool) -> Side:
    theirs = [[each for each in slices if each.is_raw == is_raw] for slices in shift.results]
    every = [each for slices in theirs for each in slices]
    rows = sum(each.rows for each in every)
    return Side(
        rates=[_rate(together) for together in zip(*theirs, strict=True)],
        cpu=1000 * sum(each.cpu for each in every) / rows,
        database=1000 * sum(each.database for each in every) / rows,
    )


def _rate(together: Sequence[Slice]) -> float:
    seconds = max(each.ended for each in together) - min(each.began for each in together)
    return sum(each.rows for each in together) / seconds
