"""Every worker looks into the database by itself, so reminders go out with the broker and the beat both down."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from followups.engine.pumping import pump
from followups.engine.ticking import slot_of
from followups.engine.transports import COMMAND_SECONDS, TEXT_SECONDS, Transport, make_transport
from followups.silence.watching import EVERY, watch
from partners import clock

logger = logging.getLogger(__name__)
STOP_WITHIN_SECONDS = 3 * COMMAND_SECONDS + TEXT_SECONDS + 10.0  # MAIL, RCPT, DATA, the text, and recording it


class Engine:
    """The one pump of this process: its thread polls, and a wake-up cuts the wait short."""

    running: ClassVar["Engine | None"] = None

    def __init__(self, make: Callable[[], Transport] = make_transport) -> None:
        self._make = make
        self._transport: Transport | None = None
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._watched: datetime | None = None  # the minute in which silence was last looked for

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="followup-engine", daemon=True)
        self._thread.start()
        Engine.running = self

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        """Finish the mail that is on the line, give back the rest, and end."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=STOP_WITHIN_SECONDS)
        Engine.running = None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            close_old_connections()
            busy = self.run_once()
            self.watch_once()
            if not busy:
                self._woken.wait(timeout=settings.ENGINE_POLL_SECONDS)
        self.close()

    def run_once(self) -> bool:
        """One round; says whether there may be more to do. An error is logged, and the next round starts afresh."""
        try:
            if self._transport is None:
                self._transport = self._make()
            return pump(now=clock.now(), transport=self._transport, should_stop=self._stopped.is_set)
        except DatabaseError:
            logger.exception("The engine met an error of the database and goes on with a new connection.")
            connection.close()
        except Exception:  # the loop must outlive whatever one round meets
            logger.exception("The engine met an error and goes on.")
        return False

    def watch_once(self) -> None:
        """Judge silence when a new minute has begun, so that it too is seen with the beat down."""
        now = clock.now()
        minute = slot_of(now, every=EVERY)
        if minute == self._watched:
            return
        try:
            watch(now=now)
            self._watched = minute
        except DatabaseError:
            logger.exception("The watch over silence met an error of the database and tries again.")
            connection.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        connection.close()


def wake_this_process() -> None:
    """Where a task runs in a process of its own, the worker's thread is elsewhere: then pump here until it is done."""
    if Engine.running is not None:
        Engine.running.wake()
        return
    engine = Engine()
    while engine.run_once():
        pass
    engine.close()
