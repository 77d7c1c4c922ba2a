"""Programs beside each other, in lanes, and one at a time to listen to.

The first lane is heard as it speaks. What the others say is kept until those before them are through, and then said at
once; from there on the next one is heard as it speaks. So the terminal shows the same order, however they overlap.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from onboarding_portal.supervising import Program, Running, Supervisor

Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


Lane = Sequence[Step]


@dataclass(frozen=True)
class Result:
    step: Step
    passed: bool
    seconds: float
    last_lines: Sequence[str]


class Turns:
    """Whose turn it is to be heard."""

    def __init__(self, say: Say, lanes: int) -> None:
        self._say = say
        self._kept: list[list[str]] = [[] for _ in range(lanes)]
        self._is_over = [False] * lanes
        self._turn = 0
        self._speaking = threading.Lock()

    def say(self, lane: int, line: str) -> None:
        with self._speaking:
            if lane == self._turn:
                self._say(line)
            else:
                self._kept[lane].append(line)

    def end(self, lane: int) -> None:
        with self._speaking:
            self._is_over[lane] = True
            while self._turn < len(self._kept) and self._is_over[self._turn]:
                self._turn += 1
                for line in self._kept[self._turn] if self._turn < len(self._kept) else ():
                    self._say(line)


@dataclass(frozen=True)
class _Begun:
    step: Step
    running: Running
    at: float


def run_beside(supervisor: Supervisor, lanes: Sequence[Lane]) -> list[Result]:
    """Run the lanes beside each other, each with its steps in turn; the results in the order of the lanes.

    A step that fails holds nothing up. ProgramFailed if a program that was there before ends meanwhile.
    """
    turns = Turns(supervisor.say, len(lanes))
    results: list[list[Result]] = [[] for _ in lanes]
    begun: dict[int, _Begun] = {}

    def go_on(number: int) -> None:
        if len(results[number]) == len(lanes[number]):
            begun.pop(number, None)
            turns.end(number)
            return
        step, say = lanes[number][len(results[number])], partial(turns.say, number)
        say(f"\n── {step.name}")
        running = supervisor.start(Program(step.name, step.argv, step.env, hear=say))
        begun[number] = _Begun(step, running, time.monotonic())

    for number in range(len(lanes)):
        go_on(number)
    while begun:
        ended = supervisor.wait_for_one_of([each.running for each in begun.values()])
        number, each = next((number, each) for number, each in begun.items() if each.running is ended)
        seconds = time.monotonic() - each.at
        results[number].append(Result(each.step, ended.process.returncode == 0, seconds, list(ended.last_lines)))
        go_on(number)
    return [result for lane in results for result in lane]
