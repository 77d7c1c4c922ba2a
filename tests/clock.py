"""The clock that tests set: the `clock` fixture points the project's one clock at it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    instant: datetime = field(default_factory=lambda: datetime(2026, 3, 3, 9, 0, tzinfo=UTC))  # a Tuesday

    def set(self, instant: datetime) -> datetime:
        self.instant = instant
        return instant

    def move(self, **delta: float) -> datetime:
        """Move by hours=24 and the like; returns the new instant."""
        return self.set(self.instant + timedelta(**delta))


CLOCK = Clock()


def now() -> datetime:
    return CLOCK.instant
