"""The points of the protocol at which a proof ends the process. Otherwise each is a call that returns at once.

``ENGINE_CRASH_AT=marked:3`` kills this process by SIGKILL when it comes to ``marked`` for the third time. A system
check refuses the setting in production. Tests arm what they like instead.
"""

import os
import signal
from collections.abc import Callable
from typing import Literal, get_args

Point = Literal[
    "planned",  # follow-ups inserted, with what they were planned for; not committed
    "planned-anew",  # a changed policy has called them up; not committed
    "due-locked",  # due rows are locked, nothing is written
    "judged",  # what becomes of each is known, nothing is written
    "message-inserted",  # the messages are there, their follow-ups do not point to them yet; not committed
    "deciding",  # all of a batch is written; not committed
    "decided",  # and committed
    "claiming",  # fence and lease are written; not committed
    "claimed",  # and committed
    "recipient-taken",  # the server has said yes to MAIL and RCPT
    "steps-locked",  # the last check holds the steps
    "marking",  # the mark is written; not committed
    "marked",  # and committed: from here on, nobody sends it again
    "text-begun",  # the server has said go ahead, and has got nothing of the text
    "text-sent",  # it has the text, and has not answered
    "answered",  # its answer is known here alone
    "recording",  # the outcome is written; not committed
    "recorded",  # and committed
    "reaping",  # what dead senders left is put right; not committed
    "reaped",  # and committed
    "giving-back",  # claims are being given back, one at a time
]
POINTS: tuple[Point, ...] = get_args(Point)

_act: Callable[[Point], object] | None = None


def crash_point(name: Point) -> None:
    """Here a proof may end the process."""
    if _act is not None:
        _act(name)


def arm(act: Callable[[Point], object] | None) -> None:
    """Let ``act`` be called at every point of this process; None disarms them all."""
    global _act  # noqa: PLW0603 - one for the process: a look at a module's variable is all that the points cost
    _act = act


def kill_at(point: str, *, passes: int) -> Callable[[Point], None]:
    """What ends this process by SIGKILL at its ``passes``-th pass through ``point``. ValueError for no such point."""
    if point not in POINTS or passes < 1:
        raise ValueError(f"There is no pass {passes} of the point {point!r}; the points are {', '.join(POINTS)}.")
    left = passes

    def act(name: Point) -> None:
        nonlocal left
        left -= name == point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return act


def parse(said: str) -> Callable[[Point], None]:
    """What ``ENGINE_CRASH_AT`` asks for: a point, or a point and a number of passes. Raises ValueError."""
    point, _, passes = said.partition(":")
    return kill_at(point, passes=int(passes or 1))
