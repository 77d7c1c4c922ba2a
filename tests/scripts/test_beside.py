"""Steps beside each other: they overlap, and one reads them one after the other."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from onboarding_portal.supervising import Program, ProgramFailed, Supervisor
from scripts.beside import Step, Turns, run_beside

pytestmark = pytest.mark.machine


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(out: io.StringIO) -> Iterator[Supervisor]:
    with Supervisor(out=out, prefixed=False) as supervisor:
        yield supervisor


def step(name: str, code: str) -> Step:
    return Step(name, [sys.executable, "-S", "-c", code], os.environ)


def meeting(here: Path, there: Path) -> str:
    """A program that ends once another has come, too."""
    return (
        "import os, pathlib\n"
        f"pathlib.Path({str(here)!r}).touch()\n"
        f"while not pathlib.Path({str(there)!r}).exists(): os.sched_yield()\n"
        f"print('met', flush=True)"
    )


def test_lanes_overlap(supervisor: Supervisor, out: io.StringIO, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    results = run_beside(supervisor, [[step("one", meeting(one, other))], [step("other", meeting(other, one))]])
    assert [(result.step.name, result.passed) for result in results] == [("one", True), ("other", True)]
    assert out.getvalue().split() == ["──", "one", "met", "──", "other", "met"]


def test_a_lane_goes_on_after_a_failure_and_results_come_in_order(supervisor: Supervisor, out: io.StringIO) -> None:
    lanes = [[step("bad", "print('no'); raise SystemExit(2)"), step("good", "print('yes')")], [step("late", "")]]
    results = run_beside(supervisor, lanes)
    assert [(result.step.name, result.passed) for result in results] == [
        ("bad", False),
        ("good", True),
        ("late", True),
    ]
    assert results[0].last_lines == ["no"]
    assert out.getvalue().split() == ["──", "bad", "no", "──", "good", "yes", "──", "late"]


def test_no_lane_is_nothing_to_do(supervisor: Supervisor) -> None:
    assert run_beside(supervisor, [[]]) == []


def test_a_service_that_dies_ends_it(supervisor: Supervisor) -> None:
    supervisor.start(Program("postgres", [sys.executable, "-S", "-c", "raise SystemExit('no disk')"], os.environ))
    with pytest.raises(ProgramFailed, match="no disk"):
        run_beside(supervisor, [[step("tests", "import signal; signal.pause()")]])


def test_one_is_heard_at_once_and_the_others_when_their_turn_comes() -> None:
    said: list[str] = []
    turns = Turns(said.append, 3)
    turns.say(2, "c1")
    turns.say(0, "a1")
    turns.say(1, "b1")
    assert said == ["a1"]
    turns.end(1)
    assert said == ["a1"]
    turns.end(0)
    assert said == ["a1", "b1", "c1"]
    turns.say(2, "c2")
    turns.end(2)
    assert said == ["a1", "b1", "c1", "c2"]
