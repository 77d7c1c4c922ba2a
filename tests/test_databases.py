"""The rule by which a test runs on one database only, and what the tests' databases begin with."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import TestCase

from tests import databases


@pytest.fixture
def row(db: None) -> int:
    return 1


@pytest.fixture
def door(row: int) -> int:
    return row


def asks_for_nothing() -> None: ...


def asks_for_files(tmp_path: object, settings: object, client: object, rf: object) -> None: ...


def asks_for_rows(db: None) -> None: ...


def asks_for_rows_that_stay(transactional_db: None) -> None: ...


def asks_by_way_of_others(door: int) -> None: ...


@pytest.mark.usefixtures("row")
def asks_by_a_mark() -> None: ...


@pytest.mark.django_db
def is_marked() -> None: ...


@pytest.mark.postgresql("it starts a server of its own")
def is_about_postgresql() -> None: ...


def collected(request: pytest.FixtureRequest, test: Callable[..., None]) -> pytest.Item:
    """The test as pytest sees it, as if it stood in this file."""
    item: pytest.Item = pytest.Function.from_parent(request.node.parent, name=test.__name__, callobj=test)
    return item


@pytest.mark.parametrize("test", [asks_for_nothing, asks_for_files])
def test_what_asks_for_no_database_runs_once(request: pytest.FixtureRequest, test: Callable[..., None]) -> None:
    item = collected(request, test)
    databases.sort([item])
    assert item.get_closest_marker("dataless") is not None


@pytest.mark.parametrize(
    "test",
    [
        asks_for_rows,
        asks_for_rows_that_stay,
        asks_by_way_of_others,
        asks_by_a_mark,
        is_marked,
        is_about_postgresql,
    ],
)
def test_what_asks_for_a_database_runs_on_both(request: pytest.FixtureRequest, test: Callable[..., None]) -> None:
    item = collected(request, test)
    databases.sort([item])
    assert item.get_closest_marker("dataless") is None


def test_djangos_own_cases_ask_for_a_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    item = collected(request, asks_for_nothing)
    monkeypatch.setattr(pytest.Function, "cls", TestCase)
    assert not databases.is_dataless(item)


def test_what_is_about_postgresql_is_skipped_elsewhere(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for vendor, is_skipped in (("sqlite", True), ("postgresql", False)):
        monkeypatch.setattr(databases, "connection", type("Connection", (), {"vendor": vendor}))
        item = collected(request, is_about_postgresql)
        databases.sort([item])
        skip = item.get_closest_marker("skipif")
        assert skip is not None
        assert skip.args == (is_skipped,)
        assert skip.kwargs["reason"] == "it starts a server of its own"


def test_whoever_asked_for_no_database_gets_none() -> None:
    """What the rule rests on."""
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        connection.cursor()


class Like:
    """Stands for the tests' database, which is not touched."""

    def __init__(self, vendor: str, name: object) -> None:
        self.vendor = vendor
        self.settings_dict: dict[str, dict[str, object]] = {"TEST": {"NAME": str(name)}}


def test_a_file_begins_as_a_copy_and_nothing_older_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    like, ours = tmp_path / "like", tmp_path / "test.sqlite3"
    like.write_text("all tables")
    older = ours.with_name("test.sqlite3-wal")
    older.write_text("of another run")
    monkeypatch.setattr(databases, "connection", Like("sqlite", ours))
    monkeypatch.setenv("TEST_DATABASE_LIKE", str(like))
    assert databases.begin_as_copy()
    assert ours.read_text() == "all tables"
    assert not older.exists()


def test_postgresql_copies_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Like("postgresql", "test_postgres")
    monkeypatch.setattr(databases, "connection", there)
    monkeypatch.setenv("TEST_DATABASE_LIKE", "migrated")
    assert not databases.begin_as_copy()
    assert there.settings_dict["TEST"] == {"NAME": "test_postgres", "TEMPLATE": "migrated"}


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_without_a_database_to_copy_each_is_migrated(
    vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Like(vendor, tmp_path / "test.sqlite3")
    monkeypatch.setattr(databases, "connection", ours)
    monkeypatch.delenv("TEST_DATABASE_LIKE", raising=False)
    assert not databases.begin_as_copy()
    assert ours.settings_dict["TEST"] == {"NAME": str(tmp_path / "test.sqlite3")}
    assert list(tmp_path.iterdir()) == []
