"""The ceiling under a piece of the engine: the very statements it sends, sent again by psycopg2 alone.

One batch of the engine is recorded as it reaches the database, with its BEGIN and COMMIT. The numbers in it are then
exchanged for those of other rows, so that the same statements run over fresh rows, in any number of processes. What
is left out is all that happens in Python: no model, no query built, no rule applied, no mail written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.reminders.world import BASES, DUE, MILLIARD
from followups.models import Message
from partners.models import Contact, Partner
from playbooks.models import Enrollment, Progress

# The number of a row in one of our tables, or the partner's number in a person's address.
OURS = re.compile(r"(?<![\w.])[2-8]\d{9}(?!\d)|(?<=anna)\d+(?=@partner)")
PARTNERS, CONTACTS, ENROLLMENTS = (BASES[model] // MILLIARD for model in (Partner, Contact, Enrollment))
PROGRESS, FOLLOW_UPS, MESSAGES = BASES[Progress] // MILLIARD, DUE // MILLIARD, BASES[Message] // MILLIARD
ADDRESSES = 0

Slot = tuple[int, int]  # which table, or ADDRESSES; which row of the batch
Rows = dict[int, list[str]]  # by table: what stands for each row of the batch


class TooFew(Exception):
    """There are no rows left for another batch."""


@dataclass(frozen=True)
class Statement:
    """Text with gaps: there is one more of ``pieces`` than of ``slots``."""

    pieces: list[str]
    slots: list[Slot]

    def filled(self, rows: Rows) -> str:
        parts = [self.pieces[0]]
        for (table, row), piece in zip(self.slots, self.pieces[1:], strict=True):
            parts += (rows[table][row], piece)
        return "".join(parts)


@dataclass(frozen=True)
class Script:
    """A batch of ``size`` rows as the engine said it; its first statement with an answer claims them."""

    statements: list[Statement]
    size: int
    steps: int  # of the playbook: how far apart two partners' progress is numbered

    def run(self) -> int:
        """Say it once more, over the next rows; how many those are. Raises ``TooFew`` where there are fewer."""
        rows: Rows = {}
        with connection.cursor() as wrapped:
            cursor = wrapped.cursor
            for statement in self.statements:
                cursor.execute(statement.filled(rows))
                if cursor.description is None:
                    continue
                found = cursor.fetchall()
                if not rows and len(found) < self.size:
                    cursor.execute("ROLLBACK")
                    raise TooFew(f"{len(found)} rows are left of {self.size} that a batch takes.")
                self._learn(rows, sorted(row[0] for row in found if isinstance(row[0], int)))
        return self.size

    def _learn(self, rows: Rows, numbers: list[int]) -> None:
        """Which rows it is about this time, from the keys that an answer begins with."""
        table = numbers[0] // MILLIARD if numbers else ADDRESSES
        if table in rows or len(numbers) != self.size:
            return
        if table == MESSAGES:
            rows[MESSAGES] = [str(number) for number in numbers]
        elif table == FOLLOW_UPS:
            partners = [number - DUE for number in numbers]
            rows[FOLLOW_UPS] = [str(number) for number in numbers]
            rows[ADDRESSES] = [str(number) for number in partners]
            for other in (PARTNERS, CONTACTS, ENROLLMENTS):
                rows[other] = [str(other * MILLIARD + number) for number in partners]
            rows[PROGRESS] = [str(PROGRESS * MILLIARD + number * self.steps) for number in partners]


def record(batch: Callable[[], int], *, steps: int) -> Script:
    """Let the engine do ``batch`` once, and keep what it said."""
    with CaptureQueriesContext(connection) as captured:
        size = batch()
    texts = [str(query["sql"]) for query in captured.captured_queries]
    claim = next(at for at, text in enumerate(texts) if "SKIP LOCKED" in text)
    first = claim - 1 if claim and texts[claim - 1] == "BEGIN" else claim
    mentioned: dict[int, set[int]] = {}
    for word in OURS.findall("\n".join(texts)):
        mentioned.setdefault(_table(word), set()).add(int(word))
    places = {(table, number): row for table, all_ in mentioned.items() for row, number in enumerate(sorted(all_))}
    return Script([_with_gaps(text, places) for text in texts[first:]], size, steps)


def _with_gaps(text: str, places: dict[Slot, int]) -> Statement:
    words = OURS.findall(text)
    return Statement(OURS.split(text), [(_table(word), places[_table(word), int(word)]) for word in words])


def _table(word: str) -> int:
    return int(word) // MILLIARD
