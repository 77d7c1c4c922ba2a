"""The engine's bench in short: every part runs, and what it finds is kept and judged. Nothing here is about speed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from bench import engine
from bench.reminders import figures

SMALL = "--processes 2 --backlog 3000 --burst 600 --decide 400 --claim 400 --send 100 --mail 100 --ticks 100 --lead 2"
on_postgresql = pytest.mark.postgresql("the engine is measured on PostgreSQL")


@pytest.fixture
def empty_database(django_db_blocker: DjangoDbBlocker, django_db_keepdb: bool) -> Iterator[str]:
    """The address of a database of its own, on the tests' server, with the tables that theirs begin with."""
    name = f"bench_in_short_{os.getpid()}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} {connection.creation.sql_table_creation_suffix()}")
    yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.engine", *words]
    environment = {**os.environ, "DATABASE_URL": database}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@on_postgresql
@pytest.mark.slow
def test_every_part_runs_and_says_what_it_found(empty_database: str, tmp_path: Path) -> None:
    kept = tmp_path / "engine.json"
    done = run(empty_database, *SMALL.split(), "--kept", str(kept))
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(kept.read_text())
    assert list(found) == list(engine.PARTS)
    bars = {bar["what"]: bar for part in found.values() for bar in part["bars"]}
    assert bars["share of the burst that was decided"]["value"] == 1.0
    assert bars["mails that came twice"]["value"] == 0
    assert all(part["lines"] for part in found.values())
    for words in ("decided by 2", "claimed and finished by 2", "sent nowhere by 2", "mailed by 2", "raw SMTP over 2"):
        assert f"{words}: " in done.stdout
    for words in ("over a backlog of 3,000", "over 3,000: ", "a round with nothing due: p50"):
        assert words in done.stdout
    assert "raw SQL 0 rows/s" not in done.stdout


@on_postgresql
@pytest.mark.slow
def test_it_takes_nobodys_data_away(empty_database: str) -> None:
    environment = {**os.environ, "DATABASE_URL": empty_database}
    founding = (
        "import django; django.setup();"
        "from django.core.management import call_command; call_command('migrate', verbosity=0, skip_checks=True);"
        "from partners import clock; from partners.models import Vendor;"
        "Vendor.objects.create(slug='nordlicht', name='Nordlicht', created_at=clock.now())"
    )
    subprocess.run([sys.executable, "-c", founding], env=environment, check=True)
    done = run(empty_database, "idle")
    assert done.returncode == 1
    assert "somebody's data" in done.stderr


def test_a_bar_holds_or_fails() -> None:
    part = figures.Part("mail")
    part.at_least("mails/s", 299.9, 300)
    part.at_most("seconds", 2.0, 2)
    assert [bar.holds for bar in part.bars] == [False, True]


def test_parts_that_ran_at_different_times_are_judged_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "engine.json"
    for name in engine.PARTS[1:]:
        figures.keep(kept, figures.Part(name, [f"{name} was measured"], [figures.Bar("rows/s", 2.0, 1.0, True)]))
    assert not engine.report(kept)
    assert f"{engine.PARTS[0]}: has not run" in capsys.readouterr().out
    figures.keep(kept, figures.Part(engine.PARTS[0]))
    assert engine.report(kept)
    assert "idle was measured" in capsys.readouterr().out
    figures.keep(kept, figures.Part("idle", [], [figures.Bar("ms", 21.0, 20.0, is_least=False)]))
    assert not engine.report(kept)
    assert "FAILS  ms: 21.00 (<= 20)" in capsys.readouterr().out
