"""The points at which a proof ends the process: where they stand, and that nobody meets them in production."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from followups.checks import a_lease_outlasts_a_send, nothing_kills_the_engine
from followups.engine import crashing
from followups.engine.crashing import POINTS, Point, arm, crash_point, parse

ENGINE = Path(crashing.__file__).parent


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm(None)


def test_each_point_stands_at_one_place() -> None:
    text = "".join(path.read_text() for path in ENGINE.glob("*.py"))
    assert Counter(re.findall(r'crash_point\("([a-z-]+)"\)', text)) == dict.fromkeys(POINTS, 1)


def test_a_point_calls_what_is_armed_and_nothing_else() -> None:
    met: list[Point] = []
    crash_point("marked")
    arm(met.append)
    crash_point("marking")
    arm(None)
    crash_point("marked")
    assert met == ["marking"]


def test_it_kills_at_the_pass_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, signum: killed.append(signum))
    arm(parse("marked:2"))
    crash_point("marked")
    crash_point("claimed")
    assert killed == []
    crash_point("marked")
    crash_point("marked")
    assert killed == [9]


@pytest.mark.parametrize("said", ["nowhere", "marked:0", "marked:soon", ":3"])
def test_a_point_that_is_not_there_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"There is no|invalid literal"):
        parse(said)


@pytest.mark.parametrize(("production", "said", "found"), [(True, "marked", 1), (False, "marked", 0), (True, "", 0)])
def test_production_refuses_to_be_killed(production: bool, said: str, found: int, settings: Settings) -> None:
    settings.PRODUCTION, settings.ENGINE_CRASH_AT = production, said
    assert [error.id for error in nothing_kills_the_engine()] == ["followups.E002"] * found


@pytest.mark.parametrize(("production", "seconds", "found"), [(True, 139, 1), (True, 140, 0), (False, 2, 0)])
def test_production_refuses_a_lease_that_a_slow_server_outlasts(
    production: bool, seconds: float, found: int, settings: Settings
) -> None:
    settings.PRODUCTION, settings.ENGINE_LEASE_SECONDS = production, seconds
    assert [error.id for error in a_lease_outlasts_a_send()] == ["followups.E003"] * found
