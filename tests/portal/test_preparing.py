"""Checks and migrations are skipped only where nothing they depend on has changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from onboarding_portal import preparing

pytestmark = pytest.mark.machine


def write_down(database: Path, *names: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (app TEXT, name TEXT)")
        connection.executemany("INSERT INTO django_migrations VALUES ('partners', ?)", [(name,) for name in names])


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database that was prepared by the last start."""
    file = tmp_path / "firstline.sqlite3"
    write_down(file, "0001_initial", "0002_more")
    preparing.remember(tmp_path, file)
    return file


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of code that decides."""
    package = tmp_path / "code" / "partners"
    package.mkdir(parents=True)
    file = package / "models.py"
    file.write_text("a = 1")
    monkeypatch.setattr(preparing, "ROOT", package.parent)
    return file


def test_nothing_changed(database: Path) -> None:
    assert preparing.is_prepared(database.parent, database)


def test_the_first_start(tmp_path: Path) -> None:
    assert not preparing.is_prepared(tmp_path, tmp_path / "firstline.sqlite3")


def test_a_database_that_was_deleted_or_made_anew(database: Path) -> None:
    database.unlink()
    assert not preparing.is_prepared(database.parent, database)
    write_down(database)
    assert not preparing.is_prepared(database.parent, database)


def test_a_database_that_was_migrated_by_hand(database: Path) -> None:
    write_down(database, "0003_by_hand")
    assert not preparing.is_prepared(database.parent, database)


def test_a_file_that_is_no_database(database: Path) -> None:
    database.write_text("not at all" * 1000)
    assert not preparing.is_prepared(database.parent, database)


@pytest.mark.parametrize("change", ["content", "further file"])
def test_changed_code(code: Path, database: Path, change: str) -> None:
    assert preparing.is_prepared(database.parent, database)
    (code if change == "content" else code.with_name("views.py")).write_text("a = 2")
    assert not preparing.is_prepared(database.parent, database)


def test_another_package(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "_installed", lambda: ["django-9.9.dist-info"])
    assert not preparing.is_prepared(database.parent, database)


def test_our_own_code_and_packages_are_looked_at() -> None:
    assert all((preparing.ROOT / name / "__init__.py").is_file() for name in preparing.CODE)
    assert any(name.lower().startswith("django-") for name in preparing._installed())
