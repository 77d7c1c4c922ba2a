"""Several programs as one: started together, heard through one terminal, ended together.

Each program runs in a process group of its own, so that Ctrl-C reaches the supervisor alone and the
programs end in order: all at once, then the services that they need. If any of them ends by itself, all end, and the
error carries its last lines. Being asked twice to stop means at once.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import Final, TextIO

LAST_LINES: Final = 20
GRACE_SECONDS: Final = 10.0
LOOK_AGAIN_SECONDS: Final = 0.05
ONE_PRESS_SECONDS: Final = 0.3  # signals within this time are one wish: some terminals and shells send it twice
PR_SET_PDEATHSIG: Final = 1
LIBC: Final = ctypes.CDLL(None)  # loaded here: between fork and exec nothing may take a lock


class StopRequested(Exception):
    """Ctrl-C or SIGTERM; `signum` says which."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


class ProgramFailed(Exception):
    """A program ended that should not have, or not like that. Its text is for the terminal."""

    def __init__(self, running: Running) -> None:
        how = describe_exit(running.process.wait())
        lines = "\n".join(f"    {line}" for line in running.last_lines) or "    (it printed nothing)"
        self.what = f"{running.program.name} {how}"
        super().__init__(f"{self.what}. Its last lines:\n{lines}")


@dataclass(frozen=True)
class Program:
    """What to start: a short name for the terminal, the command and its whole environment.

    A quiet program's output is kept for the error message and not shown; `hear` gets its lines instead of the terminal.
    `user` runs it as somebody else. Others need a service, so it ends after them. `grace` is how many seconds it may
    take to end, where it is not the supervisor's.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    quiet: bool = False
    hear: Callable[[str], None] | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    is_service: bool = False
    grace: float | None = None


@dataclass
class Running:
    program: Program
    process: subprocess.Popen[str]
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    reader: threading.Thread | None = None

    def join_reader(self) -> None:
        """Give the last lines a moment to arrive."""
        if self.reader is not None:
            self.reader.join(timeout=1)

    def signal_group(self, signum: int) -> None:
        with suppress(ProcessLookupError, PermissionError):  # the group is gone; macOS says it by EPERM
            os.killpg(self.process.pid, signum)


@dataclass(frozen=True)
class Asked:
    """Somebody asked to stop, by a signal."""

    signum: int
    at: float


class Supervisor:
    """Use as a context manager; on leaving it, whatever still runs is ended and waited for.

    Each line of output is preceded by its program's name, unless `prefixed` is false.
    """

    def __init__(self, *, out: TextIO | None = None, prefixed: bool = True, grace: float = GRACE_SECONDS) -> None:
        self.out = out or sys.stdout
        self.prefixed = prefixed
        self.grace = grace
        self._running: list[Running] = []
        self._events: SimpleQueue[Running | Asked] = SimpleQueue()
        self._asked_at: float | None = None
        self._hurries = False
        self._printing = threading.Lock()

    def __enter__(self) -> Supervisor:
        self._signals = handling_signals(lambda signum, _frame: self._events.put(Asked(signum, time.monotonic())))
        self._signals.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()
        self._signals.__exit__(None, None, None)

    def say(self, line: str) -> None:
        with self._printing:
            print(line, file=self.out, flush=True)

    def start(self, program: Program) -> Running:
        process = subprocess.Popen(
            program.argv,
            env=dict(program.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            user=program.user,
            group=program.user,
            extra_groups=None if program.user is None else [],
            preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - it only calls the kernel
        )
        running = Running(program, process)
        self._running.append(running)
        running.reader = threading.Thread(target=self._relay, args=[running], daemon=True)
        running.reader.start()
        threading.Thread(target=self._await_end, args=[running], daemon=True).start()
        return running

    def run_to_end(self, program: Program) -> Running:
        """Start a program that is meant to end, and wait for it. ProgramFailed if another ends meanwhile."""
        return self.wait_for_one_of([self.start(program)])

    def wait_for_one_of(self, those: Collection[Running]) -> Running:
        """The first of several that are meant to end. ProgramFailed if another ends meanwhile."""
        while (ended := self._next_event()) is None or ended not in those:
            self._fail_on(ended)
        self._running.remove(ended)
        ended.signal_group(signal.SIGKILL)  # what it left behind
        return ended

    def require(self, program: Program) -> None:
        """The same, and ProgramFailed unless it ends well."""
        running = self.run_to_end(program)
        if running.process.returncode != 0:
            raise ProgramFailed(running)

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Ask `ready` ten times a second; TimeoutError after `seconds`, ProgramFailed if one ends."""
        give_up = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > give_up:
                raise TimeoutError(f"{what} did not answer within {seconds:.0f} seconds.")
            self._fail_on(self._next_event(timeout=0.1))

    def watch(self) -> None:
        """Stay until a program ends (ProgramFailed) or somebody asks to stop (StopRequested)."""
        while True:
            self._fail_on(self._next_event())

    def stop_all(self) -> None:
        """End the programs, all at once, and then what they needed. Whoever is asked again meanwhile kills them."""
        self._end([running for running in self._running if not running.program.is_service])
        for service in reversed([running for running in self._running if running.program.is_service]):
            self._end([service])

    def _end(self, those: list[Running]) -> None:
        begun = time.monotonic()
        for running in those:
            running.process.send_signal(running.program.stop_signal)
        while alive := [running for running in those if running.process.poll() is None]:
            self._look_whether_to_hurry()
            for running in alive:
                grace = self.grace if running.program.grace is None else running.program.grace
                if self._hurries or time.monotonic() - begun > grace:
                    if not self._hurries:
                        self.say(f"{running.program.name} does not end; killing it.")
                    running.signal_group(signal.SIGKILL)
                    running.process.wait()
        for running in those:
            running.signal_group(signal.SIGKILL)  # what the program itself left behind
            running.join_reader()
            self._running.remove(running)

    def _look_whether_to_hurry(self) -> None:
        try:
            event = self._events.get(timeout=LOOK_AGAIN_SECONDS)
        except Empty:
            return
        if isinstance(event, Asked) and not self._is_same_press(event):
            self._hurries = True

    def _is_same_press(self, asked: Asked) -> bool:
        return self._asked_at is not None and asked.at - self._asked_at < ONE_PRESS_SECONDS

    def _next_event(self, *, timeout: float | None = None) -> Running | None:
        try:
            event = self._events.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(event, Asked):
            self._asked_at = event.at
            raise StopRequested(event.signum)
        return event

    def _fail_on(self, ended: Running | None) -> None:
        if ended is not None and ended in self._running:
            raise ProgramFailed(ended)

    def _relay(self, running: Running) -> None:
        assert running.process.stdout is not None  # noqa: S101 - Popen was given a pipe
        with running.process.stdout as lines:
            for line in lines:
                text = line.rstrip()
                running.last_lines.append(text)
                if text and not running.program.quiet:
                    hear = running.program.hear or self.say
                    hear(f"{running.program.name:<7}| {text}" if self.prefixed else text)

    def _await_end(self, running: Running) -> None:
        running.process.wait()
        running.join_reader()
        self._events.put(running)


def describe_exit(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def die_with_parent() -> None:
    """In the child, before it runs: the kernel ends it when the supervisor is killed outright."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def handling_signals(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    before = {signum: signal.signal(signum, handler) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, former in before.items():
            signal.signal(signum, former)
