"""Every worker looks into the database by itself, so reminders go out with the broker and the beat both down."""

import gc
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string

from followups.engine import archiving
from followups.engine.deciding import next_due
from followups.engine.lines import Lines, make_lines
from followups.engine.patience import STOP_WITHIN_SECONDS
from followups.engine.pumping import pump
from followups.engine.ticking import slot_of
from followups.engine.transports import Transport
from followups.silence.watching import EVERY, begin, judge_some
from followups.webhooks.poster import Poster
from partners import clock

logger = logging.getLogger(__name__)


class Engine:
    """The one pump of this process: its thread polls, and a wake-up cuts the wait short."""

    running: ClassVar["Engine | None"] = None

    def __init__(self, make: Callable[[], Transport | Lines] = make_lines) -> None:
        self._make = make
        self._round: Callable[[], AbstractContextManager[object]] = import_string(settings.ENGINE_ROUND)
        self._transport: Transport | Lines | None = None
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._poster = Poster(self._round)  # beside the mails: a receiver that answers slowly delays none
        self._thread: threading.Thread | None = None
        self._next_due: datetime | None = None
        self._watched: datetime | None = None  # the minute in which silence was last looked for
        self._is_judging = False  # this process won that minute, and is not through yet
        self._archived: datetime | None = None  # the hour in which it last looked for what is long over
        self._archiving: int | None = None  # the vendor it has come to

    def start(self) -> None:
        keep_what_is_loaded()
        self._thread = threading.Thread(target=self._run, name="followup-engine", daemon=True)
        self._thread.start()
        self._poster.start()
        Engine.running = self

    def wake(self) -> None:
        self._woken.set()
        self._poster.wake()

    def stop(self) -> None:
        """Finish what is on the lines, give back the rest, and end."""
        self._stopped.set()
        self._woken.set()
        self._poster.halt()
        if self._thread is not None:
            self._thread.join(timeout=STOP_WITHIN_SECONDS)
        self._poster.join()
        Engine.running = None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            is_sending, is_watching, is_archiving = self.run_once(), self.watch_once(), self.archive_once()
            show_life()
            if not (is_sending or is_watching or is_archiving):
                self._woken.wait(timeout=self._rest())
        self.close()

    def run_once(self) -> bool:
        """One round of sending; says whether there may be more to do."""
        return self._outlive(self._pump)

    def watch_once(self) -> bool:
        """Judge a batch of whoever fell silent, also with the beat down; says whether there may be more to judge."""
        return self._outlive(self._watch)

    def archive_once(self) -> bool:
        """Move a batch of what is long over out of the way; says whether there may be more of it."""
        return self._outlive(self._archive)

    def _outlive(self, work: Callable[[], bool]) -> bool:
        """Whatever one round meets is logged, and the next starts afresh, with a connection of its own."""
        try:
            with self._round():
                if not connection.in_atomic_block:
                    close_old_connections()
                return work()
        except Exception:
            logger.exception("The engine met an error and goes on.")
            _close_connection()
        return False

    def _rest(self) -> float:
        """Seconds until the next look, or until the first follow-up that this one saw coming falls due."""
        if self._next_due is None:
            return float(settings.ENGINE_POLL_SECONDS)
        until = (self._next_due - clock.now()).total_seconds()
        return float(max(0.0, min(until, settings.ENGINE_POLL_SECONDS)))

    def _pump(self) -> bool:
        if self._transport is None:
            self._transport = self._make()
        stop = self._stopped.is_set
        self._next_due = None
        found = pump(now=clock.now(), transport=self._transport, should_stop=stop, read_clock=clock.now)
        if found:
            self._poster.wake()  # for what was decided just now
        else:
            self._next_due = next_due(now=clock.now())
        return found

    def _watch(self) -> bool:
        """Once a minute somebody begins; a batch in turn with the mails, so that none waits for a long judgement."""
        now = clock.now()
        minute = slot_of(now, every=EVERY)
        if minute != self._watched:
            self._is_judging = begin(now=now) or self._is_judging
            self._watched = minute
        if self._is_judging:
            self._is_judging = judge_some(now=now)
        return self._is_judging

    def _archive(self) -> bool:
        """Once an hour somebody begins, and goes from vendor to vendor in turn with the mails."""
        now = clock.now()
        hour = slot_of(now, every=archiving.EVERY)
        if hour != self._archived:
            if archiving.begin(now=now):
                self._archiving = archiving.NOBODY
            self._archived = hour
        if self._archiving is not None:
            self._archiving = archiving.archive_some(vendor=self._archiving, now=now)
        return self._archiving is not None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        _close_connection()


def keep_what_is_loaded() -> None:
    """A worker's code stays for as long as it lives: the collector need not walk through it after every few batches."""
    gc.collect()
    gc.freeze()


def show_life() -> None:
    """Touch the file by which a health check sees that the engine's thread goes round; never a reason to stop."""
    if settings.ENGINE_HEARTBEAT:
        try:
            Path(settings.ENGINE_HEARTBEAT).touch()
        except OSError as error:
            logger.warning("The engine cannot show that it lives: %s", error)


def _close_connection() -> None:
    try:
        connection.close()
    except Exception:
        logger.exception("The engine's connection to the database did not close, and is given up.")


def wake_this_process() -> None:
    """Where a task runs in a process of its own, the worker's thread is elsewhere: then pump here until it is done."""
    if Engine.running is not None:
        Engine.running.wake()
        return
    engine = Engine()
    while engine.run_once():
        pass
    engine.close()
