"""The chaos run in short: it holds, in pieces too, and without any one of the engine's safeguards it fails."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from bench.havoc import verdict, witness
from bench.havoc.delivered import Delivered, Touches
from bench.havoc.plan import Plan, State
from bench.reminders import world
from followups.engine.mime import message_id
from followups.models import FollowUp, Message
from partners.models import Contact
from playbooks.models import Progress
from tests.factories import NOW

on_postgresql = pytest.mark.postgresql("the storm is about PostgreSQL")
SHORT = "--followups 600 --kills 12 --pauses 2 --crashes 1 --flushes 1 --completions 10"
CONTROL = "--followups 400 --crashes 0 --flushes 0 --completions 20 --notes 0 --calls 0"
MORE_TO_DO = 3
MOST_PIECES = 30


@pytest.fixture
def folder() -> Iterator[Path]:
    """Below a folder that PostgreSQL's own user may enter."""
    made = Path(tempfile.mkdtemp(prefix="chaos-"))
    made.chmod(0o711)
    yield made / "run"
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def like(db: None) -> str:
    """The address of the tests' own database: a storm's begins with its tables, which nobody is writing to."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def chaos(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.chaos", "--folder", str(folder), *words]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


@on_postgresql
@pytest.mark.slow
def test_a_storm_in_pieces_loses_and_doubles_nothing(folder: Path, like: str) -> None:
    done = chaos(folder, *SHORT.split(), "--like", like, "--minutes", "0.15")
    assert done.returncode == MORE_TO_DO, done.stderr
    so_far = chaos(folder, "report")
    assert so_far.returncode == 0, so_far.stdout + so_far.stderr
    assert "1 pieces and not at its end" in so_far.stdout
    assert so_far.stdout.count("  holds  ") == 12
    for _ in range(MOST_PIECES):
        done = chaos(folder, "--minutes", "0.7")
        if done.returncode != MORE_TO_DO:
            break
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 workers killed, 2 held up" in done.stdout
    assert "1 crashes of PostgreSQL, 1 of Valkey" in done.stdout
    assert done.stdout.count("  holds  ") == 13


@on_postgresql
@pytest.mark.slow
@pytest.mark.parametrize(
    ("without", "injuries", "slowness", "found"),
    [
        ("fence", "--kills 0 --pauses 8", {}, "Message-IDs accepted twice"),
        # Time for somebody to be done with the step, also where the workers wait for the processor most of the time.
        ("lock", "--kills 0 --pauses 0", {"MOMENT": "0.6"}, "sent after a completion that committed before the mark"),
        ("unknown", "--kills 24 --pauses 0", {"HOLD": "0.4"}, "Message-IDs accepted twice"),
    ],
    ids=["fence", "lock", "unknown"],
)
def test_it_fails_without(
    without: str, injuries: str, slowness: dict[str, str], found: str, folder: Path, like: str
) -> None:
    """A storm is chance, also on a quick machine: of three, one has to show what is missing. It ends when it has."""
    slow = {"HAVOC_LINGER": "1", **{f"HAVOC_{name}": value for name, value in slowness.items()}}
    words = [*CONTROL.split(), *injuries.split(), "--without", without, "--like", like, "--minutes", "2"]
    for seed in range(1, 4):
        made = folder.with_name(f"run-{seed}")
        done = chaos(made, *words, "--until-found", found, "--seed", str(seed), **slow)
        assert done.returncode in {0, 1, MORE_TO_DO}, done.stdout + done.stderr
        if done.returncode == 1 and f"FAILS  {found}" in done.stdout:
            return
    raise AssertionError(f"without {without}, three storms went by as if nothing were missing")


def test_the_seed_decides_what_happens_when() -> None:
    injuries = Plan(seed=7).injuries()
    assert injuries == Plan(seed=7).injuries() != Plan(seed=8).injuries()
    kinds = [kind for _, kind in injuries]
    assert [kinds.count(kind) for kind in ("kill", "pause", "crash", "flush")] == [500, 50, 20, 20]
    assert injuries[-1][0] < Plan().followups


def test_a_piece_hands_on_what_the_next_needs(tmp_path: Path) -> None:
    state = State(Plan(followups=5, without="fence"), 1, 2, "secret", 3, fed=4, clock=1.5, beats={"2": 1})
    state.save(tmp_path / "state.json")
    assert State.load(tmp_path / "state.json") == state


class Trial:
    """A message, and what witnesses say about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = message_id("digest:1")

    def message(self, state: str, **fields: datetime | None) -> None:
        given = {"kind": "reminder", "to_address": "a@example.com", "not_before": NOW, "created_at": NOW}
        Message.objects.create(key="digest:1", state=state, **given, **fields)

    def says(self, who: str, *lines: str) -> None:
        (self.folder / who).write_text("".join(f"{line.format(name=self.name)}\n" for line in lines))

    def failing(self, *, is_over: bool = True) -> list[str]:
        _, demands = verdict.examine(State(Plan(), 1, 2, "", 3, is_over=is_over))
        return [demand.what for demand in demands if not demand.holds]


@pytest.fixture
def trial(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    monkeypatch.setenv(witness.FOLDER, str(tmp_path))
    return Trial(tmp_path)


def test_a_quiet_run_has_nothing_to_answer_for(trial: Trial) -> None:
    trial.message("accepted", finished_at=NOW)
    trial.says("workers", "mark 1.0 7 a@example.com", "data 1.0 7 {name}", "over 1.1 7")
    trial.says("server", "kept 1.05 {name}")
    assert trial.failing() == []


def test_what_was_kept_twice_is_found(trial: Trial) -> None:
    trial.message("accepted", finished_at=NOW)
    trial.says("server", "kept 1 {name}", "kept 2 {name}")
    assert trial.failing() == ["Message-IDs accepted twice", "sent again after anything but a refusal"]


def test_a_text_after_one_that_nobody_answered_for_is_found(trial: Trial) -> None:
    trial.message("accepted", finished_at=NOW)
    trial.says("server", "unclear 1 {name}", "lost 1 {name}", "kept 2 {name}")
    assert trial.failing() == ["sent again after anything but a refusal"]


def test_what_is_not_final_is_found(trial: Trial) -> None:
    trial.message("ready")
    assert trial.failing() == ["rows not final after quiet"]
    assert trial.failing(is_over=False) == []


def test_an_unknown_without_a_cause_is_found(trial: Trial) -> None:
    trial.message("unknown", finished_at=NOW)
    assert trial.failing() == [
        "unknown, of injected ambiguities and interrupted sends",
        "unknown that nothing explains",
    ]


def test_an_unknown_is_explained_by_who_was_killed_just_then(trial: Trial) -> None:
    trial.message("unknown", finished_at=NOW)
    trial.says("workers", "mark 10.0 7 a@example.com", "data 10.0 7 {name}")
    trial.says("storm", "kill 11.0 11.1 8")
    assert trial.failing() == ["unknown that nothing explains"]
    trial.says("storm", "kill 11.0 11.1 8", "kill 12.0 12.1 7")
    assert trial.failing() == []


DECIDED, CANCELLED = FollowUp.State.DECIDED, FollowUp.State.CANCELLED
NUMBER, ITS_CONTACT, ITS_STEP = world.DUE + 3, world.BASES[Contact] + 3, world.BASES[Progress] + 3 * 4


def faults_of(*, state: str = DECIDED, rows: Mapping[str, list[Delivered]], **said: Any) -> list[str]:
    """What is found against one note that was asked for, about the third partner's first of four steps."""
    touches = Touches(
        fed={NUMBER: "in-app"}, states={NUMBER: state}, rows=dict(rows), steps=4, done=said.pop("done", {})
    )
    touches.hear(line.split() for line in said.pop("workers", [f"told 2.0 7 {NUMBER}", f"there 2.1 7 {NUMBER}"]))
    return [what for what, examples in touches.findings() if examples]


THERE = {"in-app": [Delivered(NUMBER, ITS_CONTACT)], "call": []}
NOT_THERE: dict[str, list[Delivered]] = {"in-app": [], "call": []}
MISCOUNTED = "notes and calls not once there for each that was decided"


def test_a_note_that_is_there_once_is_as_it_should_be() -> None:
    assert faults_of(rows=THERE) == []
    assert faults_of(rows=THERE, workers=[f"told 2.0 7 {NUMBER}"]) == []  # its worker died before it could say so
    assert faults_of(rows=THERE, done={ITS_STEP: 2.05}) == []
    assert faults_of(rows=NOT_THERE, state=CANCELLED, workers=[]) == []


@pytest.mark.parametrize(
    ("rows", "given", "found"),
    [
        (
            THERE,
            {"workers": [f"told 1.0 7 {NUMBER}", f"there 1.1 7 {NUMBER}"] * 2},
            "notes and calls committed more than once",
        ),
        ({**THERE, "call": [Delivered(NUMBER, ITS_CONTACT)]}, {}, MISCOUNTED),
        ({**NOT_THERE, "call": [Delivered(NUMBER, ITS_CONTACT)]}, {}, MISCOUNTED),
        (THERE, {"state": CANCELLED}, MISCOUNTED),
        (THERE, {"workers": []}, "notes and calls of which no worker has told"),
        ({**NOT_THERE, "in-app": [Delivered(NUMBER, ITS_CONTACT + 1)]}, {}, "notes and calls for somebody else"),
        (THERE, {"done": {ITS_STEP: 1.9}}, "notes and calls after a completion that committed before the decision"),
    ],
)
def test_what_is_wrong_with_a_note_is_found(rows: Any, given: Any, found: str) -> None:
    assert faults_of(rows=rows, **given) == [found]


def test_a_note_that_is_lost_is_found() -> None:
    assert faults_of(rows=NOT_THERE) == [MISCOUNTED, "notes and calls that were committed and are gone"]


def test_the_shares_are_those_of_the_plan() -> None:
    plan = Plan(followups=2000, notes=0.1, calls=0.05)
    channels = Counter(plan.channel(number) for number in range(2000))
    assert channels == {"in-app": 200, "call": 100, "mail": 1700}
    assert plan.mails == 1700


@on_postgresql
def test_the_database_gives_each_number_the_same_channel(db: None) -> None:
    plan = Plan()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT i, {plan.channel_sql()} FROM generate_series(1, 9999) i")  # noqa: S608 - our own words
        assert all(plan.channel(number) == channel for number, channel in cursor.fetchall())


def test_what_was_accepted_and_never_arrived_is_found(trial: Trial) -> None:
    trial.message("accepted", finished_at=NOW)
    assert trial.failing() == ["messages of which server and database say different things"]
