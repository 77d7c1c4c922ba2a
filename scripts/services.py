"""A private PostgreSQL and a private Valkey, for as long as they are needed.

`python -m scripts.services [--durable] COMMAND ...` runs a command with DATABASE_URL and REDIS_URL set.
The servers listen on free ports of 127.0.0.1, keep their files in a folder of their own, and are gone
afterwards, even when this program is killed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg2  # type: ignore[import-untyped]

from onboarding_portal.running import HOST, answers, free_port, valkey
from onboarding_portal.supervising import Program, ProgramFailed, StopRequested, Supervisor
from scripts import debian

USER: Final = "firstline"
START_WITHIN_SECONDS: Final = 60
THROWN_AWAY: Final = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"),
    *("wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB", "checkpoint_timeout=1h"),
)
"""Settings for databases that nobody keeps. Measurements do without them.

Statistics are as the tests make them: how a statement is planned does not hang on when somebody last counted the rows.
"""


@contextmanager
def private_services(supervisor: Supervisor, *, durable: bool = False) -> Iterator[dict[str, str]]:
    """Start both; yields the variables that lead to them."""
    folder = Path(tempfile.mkdtemp(prefix="firstline-"))
    try:
        database_url = start_postgres(supervisor, folder / "postgres", settings=() if durable else THROWN_AWAY)
        redis_url = start_valkey(supervisor, folder / "valkey")
        yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "VAR_DIR": str(folder / "var")}
    finally:
        supervisor.stop_all()
        shutil.rmtree(folder, ignore_errors=True)


def start_valkey(supervisor: Supervisor, folder: Path) -> str:
    port = free_port()
    supervisor.start(valkey(os.environ, port=port, data=folder))
    supervisor.wait_until(lambda: answers(port), seconds=START_WITHIN_SECONDS, what="valkey")
    return f"redis://{HOST}:{port}/0"


def start_postgres(supervisor: Supervisor, folder: Path, *, settings: tuple[str, ...]) -> str:
    """PostgreSQL refuses to run as root, so root hands it to the user that Debian's package made."""
    binaries = require_postgres()
    owner = "postgres" if os.geteuid() == 0 else None
    password = secrets.token_urlsafe(16)
    prepare_folder(folder, owner=owner, password=password)
    env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    data, port = folder / "data", free_port()
    initdb = [str(binaries / "initdb"), "--pgdata", str(data), "--username", USER, "--encoding", "UTF8"]
    initdb += ["--auth", "scram-sha-256", "--pwfile", str(folder / "password"), "--no-sync"]
    supervisor.require(Program("initdb", initdb, env, quiet=True, user=owner))
    options = [f"listen_addresses={HOST}", f"port={port}", f"unix_socket_directories={folder}", *settings]
    command = [str(binaries / "postgres"), "-D", str(data)]
    for option in options:
        command += ["-c", option]
    server = Program("postgres", command, env, quiet=True, user=owner, stop_signal=signal.SIGINT, is_service=True)
    supervisor.start(server)
    supervisor.wait_until(lambda: is_ready(binaries, port), seconds=START_WITHIN_SECONDS, what="postgres")
    return f"postgres://{USER}:{password}@{HOST}:{port}/postgres"


def create_database(url: str, name: str) -> str:
    """Beside the one at ``url``; returns its address."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def prepare_folder(folder: Path, *, owner: str | None, password: str) -> None:
    folder.mkdir(mode=0o700)
    folder.parent.chmod(0o711)
    (folder / "password").write_text(password)
    if owner is not None:
        shutil.chown(folder, user=owner, group=owner)
        shutil.chown(folder / "password", user=owner, group=owner)


def postgres_binaries() -> Path | None:
    """The newest server's programs, which Debian keeps off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def require_postgres() -> Path:
    if postgres_binaries() is None:
        debian.install(["postgresql"], why="a private PostgreSQL")
    binaries = postgres_binaries()
    if binaries is None:
        raise debian.MissingPackages("error: PostgreSQL is installed, but its initdb is nowhere to be found.")
    return binaries


def is_ready(binaries: Path, port: int) -> bool:
    asked = [str(binaries / "pg_isready"), "-q", "-h", HOST, "-p", str(port), "-t", "1"]
    return subprocess.run(asked, check=False).returncode == 0


def run_with_services(command: list[str], *, durable: bool) -> int:
    with Supervisor(prefixed=False) as supervisor:
        try:
            with private_services(supervisor, durable=durable) as services:
                program = Program(command[0], command, environment(services), stop_signal=signal.SIGINT)
                return int(supervisor.run_to_end(program).process.returncode)
        except StopRequested:
            return 130
        except (ProgramFailed, TimeoutError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 1


def environment(services: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, without what would lead a test to a real database or mail server."""
    dropped = {"PRODUCTION", "DEMO", "DEBUG", "SMTP_URL", "SENTRY_DSN", "SECRET_KEY", "BASE_URL", "ALLOWED_HOSTS"}
    return {name: value for name, value in os.environ.items() if name not in dropped} | dict(services)


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(run_with_services([word for word in words if word != "--durable"], durable="--durable" in words))
