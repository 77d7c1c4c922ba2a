"""The worker's second loop: it tells the vendors' own systems, beside the mails and never in their way."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Final, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection

from followups.webhooks import lanes, sending
from followups.webhooks.lanes import Lane
from followups.webhooks.posting import TOTAL_SECONDS
from partners import clock

logger = logging.getLogger(__name__)
STOP_WITHIN_SECONDS: Final = 2 * TOTAL_SECONDS  # what is on the line, and recording it
A_MOMENT: Final = 0.5
Found = TypeVar("Found")


class Poster:
    """A thread that looks for work, and one for each vendor that is being told."""

    def __init__(self, round_: Callable[[], AbstractContextManager[object]]) -> None:
        self._round = round_
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._free = threading.Semaphore(max(1, settings.WEBHOOK_LINES))
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def halt(self) -> None:
        """Begin nothing new."""
        self._stopped.set()
        self._woken.set()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join(timeout=STOP_WITHIN_SECONDS)

    def _run(self) -> None:
        with ThreadPoolExecutor(max(1, settings.WEBHOOK_LINES), thread_name_prefix="webhook") as pool:
            while not self._stopped.is_set():
                if not self._free.acquire(timeout=A_MOMENT):
                    continue
                self._woken.clear()
                lane = self._outlive(self._take)
                if lane is not None:
                    pool.submit(self._post, lane)
                    continue
                self._free.release()
                self._woken.wait(timeout=settings.ENGINE_POLL_SECONDS)
        self._hang_up()

    def _take(self) -> Lane | None:
        return lanes.take(now=clock.now())

    def _post(self, lane: Lane) -> None:
        try:
            self._outlive(lambda: sending.run(lane, should_stop=self._stopped.is_set))
        finally:
            self._hang_up()
            self._free.release()
            self._woken.set()  # more of the same vendor may wait

    def _outlive(self, work: Callable[[], Found]) -> Found | None:
        """Whatever a round meets is logged, and the next begins with a connection of its own."""
        try:
            with self._round():
                close_old_connections()
                return work()
        except Exception:
            logger.exception("The thread of the webhooks met an error and goes on.")
            self._hang_up()
        return None

    @staticmethod
    def _hang_up() -> None:
        try:
            connection.close()
        except Exception:
            logger.exception("A connection of the webhooks to the database did not close, and is given up.")
