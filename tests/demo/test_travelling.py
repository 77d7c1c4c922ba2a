"""Moving the demo's time with everything running: what comes back is what was, and the engine goes on."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from followups.engine.polling import Engine
from followups.models import FollowUp
from onboarding_portal.demo import clock, snapshots, starting_over, travelling, turnstile
from onboarding_portal.demo.people import VENDOR
from partners import clock as project_clock
from tests.demo.visiting import Demo, Visitor

# Every moment that the database holds and that is not about the future by its meaning.
MOMENTS = {
    "partners_activity": "at",
    "partners_auditentry": "at",
    "followups_message": "finished_at",
    "followups_followup": "finished_at",
    "followups_silence": "began_at",
    "followups_standing": "silence_since",
    "followups_attempt": "at",
}
PAGES = (f"/v/{VENDOR}/", f"/v/{VENDOR}/partners/", "/demo/mailbox/", f"/v/{VENDOR}/followups/")


@pytest.fixture
def demo(built: datetime, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[Demo]:
    with django_db_blocker.unblock():
        database = Path(connection.settings_dict["NAME"])
    with Demo(var=tmp_path, database=database) as demo:
        yield demo


@pytest.fixture
def mara(demo: Demo) -> Visitor:
    visitor = Visitor(demo.at)
    visitor.post("/demo/enter/channel-manager/")
    return visitor


def in_the_future(demo: Demo) -> dict[str, int]:
    soon = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S")
    counts = {
        table: demo.ask(f"SELECT count(*) FROM {table} WHERE {column} > ?", soon)[0][0]  # noqa: S608 - our own names
        for table, column in MOMENTS.items()
    }
    return {table: number for table, number in counts.items() if number}


def sent(demo: Demo) -> set[str]:
    return {key for (key,) in demo.ask("SELECT key FROM followups_message WHERE state = 'accepted'")}


def nothing_is_due(demo: Demo) -> bool:
    soon = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%d %H:%M:%S")
    due = "SELECT count(*) FROM followups_followup WHERE state = 'scheduled' AND due_at < ?"
    under_way = "SELECT count(*) FROM followups_message WHERE state IN ('ready', 'claimed', 'sending')"
    return demo.ask(due, soon) == demo.ask(under_way) == [(0,)]


@pytest.mark.slow
def test_back_to_now_undoes_all_of_it_and_the_engine_still_sends(demo: Demo, mara: Visitor) -> None:
    demo.wait_until(lambda: nothing_is_due(demo), what="the engine's rest")
    newcomer = demo.ask(
        "SELECT partner_id FROM partners_contact c JOIN partners_partner p ON p.id = c.partner_id"
        " WHERE p.accepted_at IS NOT NULL ORDER BY p.accepted_at DESC LIMIT 1"
    )[0][0]
    pages = (*PAGES, f"/v/{VENDOR}/partners/{newcomer}/")
    before, mails = {page: mara.sees(page) for page in pages}, sent(demo)

    for _day in range(5):  # over a weekend nothing leaves
        mara.post("/demo/clock/", step="day")
        if len(sent(demo)) > len(mails):
            break
    assert len(sent(demo)) > len(mails)
    assert in_the_future(demo)
    assert mara.sees(pages[0]) != before[pages[0]]
    late = Visitor(demo.at)
    late.post("/demo/enter/channel-manager/")  # comes in while the clock is ahead

    mara.post("/demo/clock/", step="now")
    assert sent(demo) == mails
    assert in_the_future(demo) == {}
    assert {page: mara.sees(page) for page in pages} == before
    assert late.sees(pages[0]) == before[pages[0]]

    mara.post("/demo/clock/", step="hour")  # once more, from a database that was put back
    mara.post("/demo/clock/", step="now")
    assert {page: mara.sees(page) for page in pages} == before
    nobody = Visitor(demo.at)
    nobody.get("/accounts/login/code/")
    nobody.post("/accounts/login/code/", email="jonas.weber@weber-it.example")
    demo.wait_until(lambda: len(sent(demo)) == len(mails) + 1, what="the engine")
    assert "ERROR" not in demo.output
    assert "Traceback" not in demo.output


@pytest.mark.slow
def test_starting_over_makes_the_demo_anew_while_the_old_one_can_be_used(demo: Demo, mara: Visitor) -> None:
    mara.post("/demo/clock/", step="day")
    demo.ask("UPDATE partners_partner SET company = 'Scribbled over'")
    assert "made anew" in mara.post("/demo/start-over/")
    assert "Mara" in mara.get(f"/v/{VENDOR}/")
    demo.wait_until(lambda: "Three people" in mara.get("/demo/start-over/?begun"), what="the new demo")
    assert demo.ask("SELECT count(*) FROM partners_partner WHERE company = 'Scribbled over'")[0][0] == 0
    assert demo.ask("SELECT count(*) FROM partners_partner")[0][0] == 60
    assert in_the_future(demo) == {}
    assert "ahead" not in mara.get("/demo/")
    assert not (demo.var / "demo-before.sqlite3").exists()
    mara.post("/demo/enter/channel-manager/")
    assert "Mara" in mara.get(f"/v/{VENDOR}/")
    assert "Traceback" not in demo.output


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def make(database: Path, *words: str) -> None:
    with closing(sqlite3.connect(database)) as there, there:
        there.execute("PRAGMA journal_mode=WAL")
        there.execute("CREATE TABLE IF NOT EXISTS words (word TEXT)")
        there.executemany("INSERT INTO words VALUES (?)", [(word,) for word in words])


def test_who_reads_while_a_database_is_put_in_place_sees_all_or_nothing_of_it(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    make(old, "old")
    make(new, *["new"] * 10_000)
    with closing(sqlite3.connect(old, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM words").fetchone() == (1,)
        snapshots.copy(new, old)
        assert reader.execute("SELECT count(*) FROM words").fetchone() == (1,)  # its own moment, to the end
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*), min(word) FROM words").fetchone() == (10_000, "new")


def test_a_database_that_stays_locked_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "GIVE_UP_AFTER", 0)
    old, new = tmp_path / "old", tmp_path / "new"
    make(old, "old")
    make(new, "new")
    with closing(sqlite3.connect(old, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(snapshots.DatabaseBusy):
            snapshots.copy(new, old)
        writer.execute("ROLLBACK")
        assert writer.execute("SELECT word FROM words").fetchall() == [("old",)]


def test_whoever_changes_the_time_waits_for_all_and_lets_nobody_in(folder: Path) -> None:
    said: list[str] = []
    changing = threading.Thread(target=lambda: _say(said, "changed", turnstile.alone))
    with turnstile.passing():
        changing.start()
        changing.join(timeout=0.2)
        assert said == []
        with turnstile.passing():  # whoever is inside goes on, though somebody waits
            said.append("inside")
    changing.join(timeout=10)
    assert said == ["inside", "changed"]
    with turnstile.alone():
        entering = threading.Thread(target=lambda: _say(said, "entered", turnstile.passing))
        entering.start()
        entering.join(timeout=0.2)
        assert said[-1] == "changed"
    entering.join(timeout=10)
    assert said[-1] == "entered"


def _say(said: list[str], word: str, how: object) -> None:
    with how():  # type: ignore[operator]
        said.append(word)


def test_each_round_of_the_engine_passes_the_turnstile() -> None:
    assert Engine()._round is turnstile.passing


@pytest.mark.django_db
def test_each_followup_gets_its_turn_within_the_minute_it_is_due_in(
    built: datetime, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, turns = project_clock.now(), list[datetime]()
    until = begun + timedelta(hours=24)
    due = list(FollowUp.objects.scheduled().filter(due_at__gt=begun, due_at__lt=until).values_list("due_at", flat=True))
    assert len(due) > 2
    monkeypatch.setattr(snapshots, "can_be_taken", bool)
    monkeypatch.setattr(travelling, "detect", lambda *, now: None)
    monkeypatch.setattr(travelling, "pump", lambda *, now, transport: turns.append(now))
    travelling.move_on(hours=24)
    assert clock.offset() == timedelta(hours=24)
    late = [min(turn - at for turn in turns if turn >= at) for at in due]
    assert max(late) < timedelta(seconds=65)
    assert max(after - before for before, after in pairwise(turns)) < timedelta(hours=1, seconds=5)


@pytest.mark.django_db
def test_the_strip_is_on_pages_of_errors_too(built: datetime, client: Client) -> None:
    missing = client.get("/nothing/here/")
    assert missing.status_code == 404
    assert "24 hours later" in missing.content.decode()


def test_without_a_snapshot_the_way_back_is_not_known(folder: Path) -> None:
    clock.move_on(timedelta(hours=1))
    assert not travelling.come_back()
    assert clock.is_moved()


def test_back_from_nowhere_changes_nothing(folder: Path) -> None:
    assert travelling.come_back()


@pytest.mark.django_db
def test_what_was_kept_before_an_update_is_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(snapshots, "call_command", lambda name, **_: called.append(name))
    snapshots._migrate_what_is_older()
    assert called == []
    MigrationRecorder.Migration.objects.filter(app="followups").latest("id").delete()
    snapshots._migrate_what_is_older()
    assert called == ["migrate"]


def test_starting_over_that_was_cut_short_is_said(folder: Path) -> None:
    assert not starting_over.is_under_way()
    assert not starting_over.has_failed()
    starting_over._unfinished().touch()
    with starting_over._lock() as lock:
        assert starting_over._take(lock)
        assert starting_over.is_under_way()
        assert not starting_over.has_failed()
    assert starting_over.has_failed()
