"""What `make test` runs: nothing twice, nothing left out."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from scripts import services
from scripts import test as make_test

pytestmark = pytest.mark.machine
CHECKS = {"ruff check", "ruff format", "djlint", "imports", "mypy", "migrations", "deployment", "translations"}
TESTS = {"migrate SQLite", "migrate PostgreSQL", "demo", "SQLite", "PostgreSQL", "storms", "browser"}


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(services, "create_database", lambda url, name: f"{url}/{name}")
    return {"DATABASE_URL": "postgres://there", "REDIS_URL": "redis://there", "VAR_DIR": str(tmp_path / "var")}


@pytest.mark.parametrize("with_tests", [True, False])
def test_each_step_once(env: dict[str, str], with_tests: bool) -> None:
    rounds = make_test.rounds(env, with_tests=with_tests)
    steps = Counter(step.name for lanes in rounds for lane in lanes for step in lane)
    assert steps == Counter(CHECKS | TESTS if with_tests else CHECKS)


def test_each_database_is_copied_from_what_was_migrated(env: dict[str, str]) -> None:
    here, there = make_test.migrations(env)
    tests = make_test.tests(env)
    for name in ("SQLite", "demo"):
        assert here.env["DATABASE_URL"] == f"sqlite:///{tests[name].env['TEST_DATABASE_LIKE']}"
        assert "DATABASE_URL" not in tests[name].env
    for name in ("PostgreSQL", "storms", "browser"):
        assert there.env["DATABASE_URL"] == f"postgres://there/{tests[name].env['TEST_DATABASE_LIKE']}"
        assert tests[name].env["DATABASE_URL"] == "postgres://there"


def test_what_runs_beside_others_shares_no_files_and_no_broker_with_them(env: dict[str, str]) -> None:
    tests = make_test.tests(env).values()
    for name in ("VAR_DIR", "REDIS_URL"):
        assert len({step.env[name] for step in tests}) == len(tests)
    assert all(step.env["REDIS_URL"].startswith(env["REDIS_URL"]) for step in tests)


def test_each_test_is_in_one_step_of_a_kind(env: dict[str, str]) -> None:
    """The storms are left out where they would run a second time."""
    tests = make_test.tests(env)
    assert tests["storms"].argv[-1] == make_test.STORMS
    assert make_test.STORMS in tests["PostgreSQL"].argv[tests["PostgreSQL"].argv.index("--ignore") :]
    assert make_test.STORMS not in tests["SQLite"].argv


def test_what_runs_once_is_in_one_of_the_two(env: dict[str, str]) -> None:
    """Whatever a test is marked as: it is chosen for SQLite, for PostgreSQL or for both."""
    tests = make_test.tests(env)
    for marks in ({"walk"}, {"walk", "dataless"}, {"machine"}, {"dataless"}, {"walk", "machine"}, set[str]()):
        here, there = (is_chosen(tests[name].argv, marks) for name in ("SQLite", "PostgreSQL"))
        assert here or there, marks
        assert (here and there) == (not marks), marks


def is_chosen(argv: Sequence[str], marks: set[str]) -> bool:
    """As pytest does, by the words after -m."""
    words = argv[argv.index("-m", argv.index("pytest")) + 1]

    def is_marked(name: str, /, **_: object) -> bool:
        return name in marks

    return Expression.compile(words).evaluate(is_marked)
