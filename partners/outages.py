"""A server that does not answer in time is left alone for some seconds, so that not everybody waits for it in turn."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

GO_WITHOUT_SECONDS: Final = 5.0


class Outage:
    """What this process knows of one server: whoever is about to ask it asks here first, and tells what came of it.

    When the seconds are over, one asks again, while all others still go without.
    """

    def __init__(self, *, seconds: float = GO_WITHOUT_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._until: float | None = None
        self._deciding = Lock()

    def is_on(self) -> bool:
        """Whether to go without; where not, the caller asks the server."""
        with self._deciding:
            until, now = self._until, self._now()
            if until is None or now < until:
                return until is not None
            self._until = now + self._seconds  # this one asks
            return False

    def begin(self) -> None:
        self._until = self._now() + self._seconds

    def end(self) -> None:
        """It answers, if only that it refuses."""
        self._until = None


REDIS: Final = Outage()
"""The broker and the cache are one server."""
