"""Everybody passes, many at a time; whoever changes the time waits until all are out, and nobody enters meanwhile.

Web requests, the engine's rounds and tasks pass. So none of them begins in one time and writes in another, and no
worker holds a message of a future that is no more. Two locks on files, which the kernel gives back when a process
dies: ``gate`` lets one enter at a time, ``room`` is shared by all who are inside.
"""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_inside = threading.local()


@contextmanager
def passing() -> Iterator[None]:
    """Inside, the time is nobody's to change. Whoever is inside already just goes on."""
    if getattr(_inside, "is_inside", False):
        yield
        return
    with _enter(fcntl.LOCK_SH, keep_gate=False):
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Inside there is nobody else, in any process."""
    with _enter(fcntl.LOCK_EX, keep_gate=True):
        yield


@contextmanager
def _enter(how: int, *, keep_gate: bool) -> Iterator[None]:
    folder = Path(settings.VAR_DIR)
    with (folder / "demo-room.lock").open("a") as room, (folder / "demo-gate.lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, how)
        if not keep_gate:
            fcntl.flock(gate, fcntl.LOCK_UN)
        _inside.is_inside = True
        try:
            yield
        finally:
            _inside.is_inside = False


class TurnstileMiddleware:
    """Every request passes, but for those that change the time: they enter alone, in their own view."""

    CHANGES_TIME = ("/demo/clock/", "/demo/start-over/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(self.CHANGES_TIME):
            return self.get_response(request)
        with passing():
            return self.get_response(request)
