"""A worker outlives its broker, whatever that does: it can only wake the engine, which polls the database by itself."""

import logging
import time
from typing import Any

from celery.worker.consumer import Consumer
from celery.worker.consumer.consumer import STOP_CONDITIONS  # type: ignore[attr-defined]  # the stubs lack it

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 1.0


class SteadyConsumer(Consumer):
    """Celery's own, which ends the worker at whatever it does not take for a lost connection.

    Some of what a lost connection leads to is none of that: with a message in hand that nobody has acknowledged, kombu
    fails with an AttributeError when it closes the connection that broke.
    """

    def start(self) -> None:
        while self.blueprint.state not in STOP_CONDITIONS:
            try:
                super().start()
                return
            except Exception:
                if self.first_connection_attempt:
                    raise  # it has never worked: this is a mistake in the settings, and not the broker's doing
                logger.exception("The worker met an error that it does not know from its broker, and connects anew.")
            self._begin_anew()
            time.sleep(PAUSE_SECONDS)

    def _begin_anew(self) -> None:
        """What Celery does after a lost connection, and none of it can fail."""
        connection, self.connection = self.connection, None
        celerys: Any = self  # the stubs know less than there is
        steps = [celerys.on_close, celerys._cancel_connection_timer_entries, lambda: celerys.blueprint.restart(self)]
        for step in [connection.close, *steps] if connection else steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - whatever it is, there is a new connection next
                logger.debug("Left behind by a broken connection: %r", error)
