"""Firstline as it is deployed: its own database, web, worker and beat as processes of their own."""

import io
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import psycopg2  # type: ignore[import-untyped]

from onboarding_portal import running
from onboarding_portal.supervising import Supervisor

DEMO: Final = {"DEMO": "1", "DJANGO_SETTINGS_MODULE": "onboarding_portal.settings"}


class Ground:
    """What every house of a run stands on, made once: a migrated database to copy, and the collected static files."""

    def __init__(self, var: Path) -> None:
        self.static = var / "static"
        self.template = f"ground_{uuid.uuid4().hex[:12]}"
        sql(f'CREATE DATABASE "{self.template}"')
        env = os.environ | {"DATABASE_URL": database_url(self.template), "VAR_DIR": str(var)} | DEMO
        manage(env, "migrate", "--no-input", "--verbosity", "0")
        manage(env, "collectstatic", "--no-input", "--verbosity", "0")

    def clear(self) -> None:
        sql(f'DROP DATABASE "{self.template}" WITH (FORCE)')


class House:
    """Use as a context manager. ``at`` is its address; ``set_clock`` moves the time all its processes read."""

    def __init__(self, *, ground: Ground, var: Path, smtp_url: str, with_demo: bool = False) -> None:
        self.ground = ground
        self.var = var
        self.with_demo = with_demo
        self.port = running.free_port()
        self.at = f"http://{running.HOST}:{self.port}"
        self.database = f"house_{uuid.uuid4().hex[:12]}"
        self.env = self._environment(smtp_url)
        self.supervisor = Supervisor(out=io.StringIO())

    def __enter__(self) -> Self:
        sql(f'CREATE DATABASE "{self.database}" TEMPLATE "{self.ground.template}"')
        (self.var / "static").symlink_to(self.ground.static, target_is_directory=True)
        if self.with_demo:
            self.manage("demo_data")
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
        sql(f'DROP DATABASE "{self.database}" WITH (FORCE)')

    def manage(self, *command: str) -> str:
        return manage(self.env, *command)

    def set_clock(self, moment: datetime) -> None:
        ahead = moment - datetime.now(moment.tzinfo)
        fresh = self.var / "demo-clock-seconds.new"
        fresh.write_text(str(ahead.total_seconds()), encoding="ascii")
        fresh.replace(self.var / "demo-clock-seconds")
        self.moment = moment

    def move_clock(self, by: timedelta) -> None:
        self.set_clock(self.moment + by)

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


def sql(statement: str) -> None:
    connection = psycopg2.connect(server_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
