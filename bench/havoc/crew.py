"""The processes that live through the storm: workers, beats, the mail server, and partners who complete steps."""

import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from bench.havoc import people, sink, witness
from bench.havoc.witness import request_to, request_to_all
from followups.engine.crashing import Point

WORKER = ["--quiet", "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "warning"]
WORKER += ["--without-heartbeat", "--without-gossip", "--without-mingle"]
WORST_MOMENT_WITHIN = 3.0  # seconds
DECIDED_WITHIN = 1.5  # a worker looks every second


def context() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["bench.havoc.loaded"])
    return made


def start(work: Callable[..., Any], **given: Any) -> BaseProcess:
    process = context().Process(target=work, kwargs=given, daemon=True)
    process.start()
    return process


def start_worker(log: Path, without: str) -> BaseProcess:
    return start(run_worker, log=log, without=without)


def run_worker(*, log: Path, without: str) -> None:
    """A Celery worker as it is in production, but for where its output goes."""
    _speak_into(log)
    if without:
        from bench.havoc import sabotage

        sabotage.take_out(without)
    from onboarding_portal.celery import app

    app.worker_main(WORKER)


def run_beat(*, schedule: Path, log: Path) -> None:
    _speak_into(log)
    from onboarding_portal.celery import app

    app.Beat(schedule=str(schedule), loglevel="CRITICAL", quiet=True, pidfile=None).run()


def start_sink(*, port: int, seed: str, healthy: bool) -> BaseProcess:
    told, tells = context().Pipe(duplex=False)
    process = start(sink.main, ready=tells, port=port, seed=seed, healthy=healthy)
    if not told.poll(30):
        raise TimeoutError("The mail server does not start.")
    return process


def start_people(*, a_second: float, seed: str, deciding: float) -> BaseProcess:
    return start(people.complete_steps, a_second=a_second, seed=seed, deciding=deciding)


def end(process: BaseProcess, *, within: float = 20.0) -> None:
    """As somebody in charge would: politely, and then not."""
    if process.is_alive():
        process.terminate()
        process.join(within)
    if process.is_alive():
        process.kill()
        process.join()


def stand_still(process: BaseProcess, *, at_the_worst_moment: bool) -> None:
    """Wherever it is; or, if it comes there soon, just before its last check."""
    assert process.pid is not None
    if at_the_worst_moment:
        asked = request_to(process.pid)
        asked.touch()
        until = time.monotonic() + WORST_MOMENT_WITHIN
        while asked.exists() and time.monotonic() < until:
            time.sleep(0.01)
        asked.unlink(missing_ok=True)
    os.kill(process.pid, signal.SIGSTOP)


def kill_whoever_comes_to(point: Point, *, among: Sequence[BaseProcess]) -> BaseProcess | None:
    """The first of them; None where nobody comes there soon."""
    asked = request_to_all()
    asked.with_suffix(".new").write_text(point)
    asked.with_suffix(".new").replace(asked)
    until = time.monotonic() + DECIDED_WITHIN
    while asked.exists() and time.monotonic() < until:
        time.sleep(0.01)
    if witness.take(asked):
        return None
    while True:  # somebody has taken it, and does not survive that
        for process in among:
            if not process.is_alive():
                return process
        time.sleep(0.01)


def go_on(process: BaseProcess) -> None:
    if process.is_alive():
        assert process.pid is not None
        os.kill(process.pid, signal.SIGCONT)


def _speak_into(log: Path) -> None:
    warnings.simplefilter("ignore")
    file = log.open("a", buffering=1)
    sys.stdout = sys.stderr = file
