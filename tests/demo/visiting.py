"""The demo as real processes over an SQLite file of its own, and somebody who visits it."""

import http.cookiejar
import io
import os
import re
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from onboarding_portal import running
from onboarding_portal.demo.snapshots import copy
from onboarding_portal.supervising import Supervisor

CHANGES_BY_ITSELF = re.compile(r"<aside class=\"fl-demo\".*?</aside>|<[^>]*>|\d+ (seconds?|minutes?)|\s+", re.DOTALL)


class Visitor:
    """A browser without scripts: cookies, forms and their tokens."""

    def __init__(self, at: str) -> None:
        self.at = at
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        with self.opener.open(self.at + path, timeout=60) as response:
            return str(response.read().decode())

    def post(self, path: str, **fields: str) -> str:
        if "csrftoken" not in {cookie.name for cookie in self.cookies}:
            self.get("/demo/")
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        with self.opener.open(self.at + path, data, timeout=120) as response:
            return str(response.read().decode())

    def sees(self, path: str) -> str:
        """The words of a page, but for the strip with the time and what counts seconds and minutes."""
        page = self.get(path)
        assert "Mara" in page, "signed out"
        return CHANGES_BY_ITSELF.sub(" ", page)


class Demo:
    """Use as a context manager: Valkey, web and worker over a copy of a database."""

    def __init__(self, *, var: Path, database: Path) -> None:
        self.port = running.free_port()
        self.at = f"http://{running.HOST}:{self.port}"
        self.database = running.database_file(var)
        copy(database, self.database)
        self.valkey_port = running.free_port()
        self.env = running.demo_environment(os.environ, port=self.port, valkey_port=self.valkey_port, var=var)
        self.env |= {"ENGINE_POLL_SECONDS": "0.3", "DEBUG": "1"}  # DEBUG: static files need no collecting
        self.supervisor = Supervisor(out=io.StringIO())
        self.var = var

    def __enter__(self) -> Self:
        self.supervisor.__enter__()
        self.supervisor.start(running.valkey(self.env, port=self.valkey_port, data=self.var / "valkey"))
        for program in (running.web(self.env, self.port), running.worker(self.env)):
            self.supervisor.start(program)
        self.wait_until(lambda: running.is_healthy(self.port), what="web")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.supervisor.__exit__(kind, error, trace)

    def wait_until(self, ready: Callable[[], bool], *, what: str) -> None:
        self.supervisor.wait_until(ready, seconds=120, what=what)

    def manage(self, *command: str) -> None:
        argv = [sys.executable, str(running.ROOT / "manage.py"), *command]
        subprocess.run(argv, env=self.env, check=True, capture_output=True)

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            return connection.execute(sql, values).fetchall()

    @property
    def output(self) -> str:
        out = self.supervisor.out
        return out.getvalue() if isinstance(out, io.StringIO) else ""
