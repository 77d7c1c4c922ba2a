"""Some processes of our own that begin one piece of work at the same moment.

They are forked from a process that has loaded Django and opened nothing, so that starting them costs no time.
"""

import logging
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from typing import Any

from bench.reminders import clock

START_WITHIN_SECONDS = 120

Ready = Callable[[], None]
_barrier: Barrier | None = None


@dataclass(frozen=True)
class Share:
    """What one process did, and when, on the machine's own clock."""

    began: float
    ended: float
    cpu: float  # seconds of this process on a core
    result: Any


@dataclass(frozen=True)
class Shift:
    """What all did together."""

    shares: list[Share]

    @property
    def began(self) -> float:
        return min(share.began for share in self.shares)

    @property
    def seconds(self) -> float:
        return max(share.ended for share in self.shares) - self.began

    @property
    def cpu(self) -> float:
        return sum(share.cpu for share in self.shares)

    @property
    def results(self) -> list[Any]:
        return [share.result for share in self.shares]


def together(count: int, work: Callable[..., Any], **given: Any) -> Shift:
    """Run ``work(ready, **given)`` in ``count`` processes; its time begins when all have called ``ready()``."""
    start = (context().Barrier(count), os.environ[clock.BEGAN])
    with ProcessPoolExecutor(count, mp_context=context(), initializer=_enter, initargs=start) as pool:
        # The barrier holds each process with its first job, so that nobody takes two.
        return Shift([future.result() for future in [pool.submit(_run, work, given) for _ in range(count)]])


def context() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["bench.reminders.loaded"])
    return made


def _enter(barrier: Barrier, began: str) -> None:
    global _barrier  # noqa: PLW0603 - what a process of the pool keeps from its beginning
    _barrier = barrier
    os.environ[clock.BEGAN] = began


def set_up() -> None:
    """Django with the bench's clock. Every line of log is written, as in a worker; the quiet ones to nowhere."""
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")
    django.setup()
    settings.CLOCK = "bench.reminders.clock.now"
    nowhere = logging.StreamHandler(open(os.devnull, "w"))  # noqa: SIM115 - open as long as the process
    nowhere.setFormatter(logging.getLogger().handlers[0].formatter)
    aloud = logging.StreamHandler()
    aloud.setLevel(logging.WARNING)
    logging.getLogger().handlers = [nowhere, aloud]


def _keep_what_is_loaded() -> None:
    """As a worker does when it starts."""
    from followups.engine.polling import keep_what_is_loaded

    keep_what_is_loaded()


def _run(work: Callable[..., Any], given: dict[str, Any]) -> Share:
    began: list[tuple[float, float]] = []

    def ready() -> None:
        if _barrier is not None:
            _barrier.wait(START_WITHIN_SECONDS)
        began.append((time.monotonic(), time.process_time()))

    _keep_what_is_loaded()
    result = work(ready, **given)
    clock, cpu = began[0]
    return Share(clock, time.monotonic(), time.process_time() - cpu, result)
