"""Firstline as it is deployed: its own database, web, worker and beat as processes of their own."""

import io
import os
import subprocess
import sys
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psycopg2  # type: ignore[import-untyped]

from onboarding_portal import running
from onboarding_portal.supervising import Supervisor


class House:
    """Use as a context manager. ``at`` is its address; ``set_clock`` moves the time all its processes read."""

    def __init__(self, *, var: Path, smtp_url: str, with_demo: bool = False) -> None:
        self.var = var
        self.with_demo = with_demo
        self.port = running.free_port()
        self.at = f"http://{running.HOST}:{self.port}"
        self.server_url = os.environ.get("DATABASE_URL", "")
        if not self.server_url.startswith("postgres"):
            raise RuntimeError("Browser tests need PostgreSQL: set DATABASE_URL, or run `make test`.")
        self.database = f"house_{uuid.uuid4().hex[:12]}"
        self.env = self._environment(smtp_url)
        self.supervisor = Supervisor(out=io.StringIO())

    def __enter__(self) -> Self:
        self._sql(f'CREATE DATABASE "{self.database}"')
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
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
        self._sql(f'DROP DATABASE "{self.database}" WITH (FORCE)')

    def manage(self, *command: str) -> str:
        argv = [sys.executable, str(running.ROOT / "manage.py"), *command]
        return subprocess.run(argv, env=self.env, check=True, capture_output=True, text=True).stdout

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
        parts = urlsplit(self.server_url)
        return os.environ | {
            "DATABASE_URL": parts._replace(path=f"/{self.database}").geturl(),
            "VAR_DIR": str(self.var),
            "DEMO": "1",
            "SMTP_URL": smtp_url,
            "BASE_URL": self.at,
            "ENGINE_POLL_SECONDS": "0.5",
            "DJANGO_SETTINGS_MODULE": "onboarding_portal.settings",
        }

    def _sql(self, statement: str) -> None:
        connection = psycopg2.connect(self.server_url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()
