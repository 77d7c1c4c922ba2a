"""Firstline as it is deployed: its own database, web, worker and beat as processes of their own."""

import io
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import psycopg2  # type: ignore[import-untyped]

from onboarding_portal import running
from onboarding_portal.supervising import Supervisor
from tests.browser.sharing import shared

DEMO: Final = {"DEMO": "1", "DJANGO_SETTINGS_MODULE": "onboarding_portal.settings"}


class Ground:
    """What every house of a run stands on, made once: migrated databases to copy, and the collected static files.

    One of the databases is empty, one has the demo's people in it, made when the first house asks for them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.var = folder / "ground"
        self.static = self.var / "static"

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The name of the empty one. The static files are there, too."""
        with shared(self.folder / "empty.json", make=self._make_empty, clear=drop) as name:
            yield name

    @contextmanager
    def demo(self) -> Iterator[str]:
        with (
            self.empty() as empty,
            shared(self.folder / "demo.json", make=lambda: self._make_demo(empty), clear=drop) as name,
        ):
            yield name

    def _make_empty(self) -> str:
        name = new_name("ground")
        create(name, template=os.environ.get("TEST_DATABASE_LIKE", "template1"))
        self._manage(name, "migrate", "--no-input", "--verbosity", "0")
        self._manage(name, "collectstatic", "--no-input", "--verbosity", "0")
        return name

    def _make_demo(self, empty: str) -> str:
        name = new_name("demo")
        create(name, template=empty)
        self._manage(name, "demo_data")
        return name

    def _manage(self, database: str, *command: str) -> None:
        manage(os.environ | {"DATABASE_URL": database_url(database), "VAR_DIR": str(self.var)} | DEMO, *command)


class House:
    """Use as a context manager. ``at`` is its address; ``set_clock`` moves the time all its processes read."""

    def __init__(self, template: str, *, static: Path, var: Path, smtp_url: str) -> None:
        self.template = template
        self.static = static
        self.var = var
        self.port = running.free_port()
        self.at = f"http://{running.HOST}:{self.port}"
        self.database = new_name("house")
        self.env = self._environment(smtp_url)
        self.supervisor = Supervisor(out=io.StringIO())

    def __enter__(self) -> Self:
        create(self.database, template=self.template)
        (self.var / "static").symlink_to(self.static, target_is_directory=True)
        self.supervisor.__enter__()
        programs = (running.web(self.env, self.port), running.worker(self.env), running.beat(self.env, self.var))
        for program in programs:
            self.supervisor.start(program)
        self.supervisor.wait_until(lambda: running.is_healthy(self.port), seconds=60, what="web")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.supervisor.__exit__(kind, error, trace)
        drop(self.database)

    def manage(self, *command: str) -> str:
        return manage(self.env, *command)

    def set_clock(self, moment: datetime) -> None:
        ahead = moment - datetime.now(moment.tzinfo)
        fresh = self.var / "demo-clock-seconds.new"
        fresh.write_text(str(ahead.total_seconds()), encoding="ascii")
        fresh.replace(self.var / "demo-clock-seconds")
        self.moment = moment

    def move_clock(self, by: timedelta) -> None:
        """Once every mail that has arrived is written down, with the time at which it left."""
        self.supervisor.wait_until(self._has_sent, seconds=30, what="worker")
        self.set_clock(self.moment + by)

    def _has_sent(self) -> bool:
        connection = psycopg2.connect(database_url(self.database))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM followups_message WHERE state IN ('claimed', 'sending')")
            (on_the_lines,) = cursor.fetchone()
        connection.close()
        return bool(on_the_lines == 0)

    @property
    def output(self) -> str:
        """What the processes printed so far."""
        out = self.supervisor.out
        return out.getvalue() if isinstance(out, io.StringIO) else ""

    def _environment(self, smtp_url: str) -> dict[str, str]:
        own = {
            "DATABASE_URL": database_url(self.database),
            "VAR_DIR": str(self.var),
            "SMTP_URL": smtp_url,
            "BASE_URL": self.at,
            "ENGINE_POLL_SECONDS": "0.5",
        }
        return os.environ | DEMO | own


def manage(env: Mapping[str, str], *command: str) -> str:
    argv = [sys.executable, str(running.ROOT / "manage.py"), *command]
    return subprocess.run(argv, env=dict(env), check=True, capture_output=True, text=True).stdout


def server_url() -> str:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        raise RuntimeError("Browser tests need PostgreSQL: set DATABASE_URL, or run `make test`.")
    return url


def database_url(database: str) -> str:
    return urlsplit(server_url())._replace(path=f"/{database}").geturl()


def new_name(what: str) -> str:
    return f"{what}_{uuid.uuid4().hex[:12]}"


def create(database: str, *, template: str) -> None:
    """As a copy of one that nobody is connected to."""
    sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')


def drop(database: str) -> None:
    sql(f'DROP DATABASE "{database}" WITH (FORCE)')


def sql(statement: str) -> None:
    connection = psycopg2.connect(server_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
