"""`make test`: every check, then every test on SQLite and on PostgreSQL. Red if any of them is.

All steps run even if one fails, so that one run tells everything. `check` as an argument leaves out the tests.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onboarding_portal.supervising import Program, ProgramFailed, StopRequested, Supervisor
from scripts import debian, services

ROOT: Final = Path(__file__).resolve().parent.parent
BROWSER_TESTS: Final = "tests/browser"
CLOSING_LINE: Final = re.compile(r"\d+ (passed|failed|skipped|deselected|error)|no tests ran")
PRODUCTION: Final = {
    "PRODUCTION": "1",
    "DEBUG": "0",
    "SECRET_KEY": "only-for-the-deployment-check-Zq8vN2xL5tR9wB3kJ7mC4hF6yD1pS0gA",
    "ALLOWED_HOSTS": "portal.example.com",
    "BASE_URL": "https://portal.example.com",
    "SMTP_URL": "smtp://portal:secret@mail.example.com:587?tls=starttls",
    "DEFAULT_FROM_EMAIL": "Portal <hello@portal.example.com>",
}
"""A production-like environment, for Django's deployment check."""


@dataclass(frozen=True)
class Step:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    step: Step
    passed: bool
    seconds: float
    last_lines: Sequence[str]


def checks(env: Mapping[str, str]) -> list[Step]:
    manage = [sys.executable, "manage.py"]
    here = str(Path(sys.executable).parent)
    return [
        Step("ruff check", [f"{here}/ruff", "check", "--quiet", "."], env),
        Step("ruff format", [f"{here}/ruff", "format", "--check", "--quiet", "."], env),
        Step("djlint", [f"{here}/djlint", "templates", "--lint", "--quiet"], env),
        Step("imports", [f"{here}/lint-imports", "--no-cache"], env),
        Step("mypy", [f"{here}/mypy", "--no-error-summary", "."], env),
        Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"], env),
        Step("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], {**env, **PRODUCTION}),
        Step("translations", [sys.executable, "-m", "scripts.messages", "check"], env),
    ]


def tests(env: Mapping[str, str]) -> list[Step]:
    # A file stays on one core, with whatever its tests share.
    on_both_cores = ["-n", "2", "--dist", "loadfile"]
    pytest = [sys.executable, "-m", "pytest", *on_both_cores, "--durations", "8", "-r", "fEs"]
    on_sqlite = {name: value for name, value in env.items() if name != "DATABASE_URL"}
    return [
        Step("SQLite", [*pytest, "--ignore", BROWSER_TESTS], on_sqlite),
        Step("demo", [sys.executable, "-m", "pytest", "tests/demo"], {**on_sqlite, "DEMO": "1"}),
        Step("PostgreSQL", [*pytest, "-m", "not machine", "--ignore", BROWSER_TESTS], env),
        # One process builds one demo for all of them; the house's own processes keep the other core busy.
        Step("browser", [sys.executable, "-m", "pytest", BROWSER_TESTS, "--durations", "8", "-r", "fEs"], env),
    ]


def run_step(supervisor: Supervisor, step: Step) -> Result:
    supervisor.say(f"\n── {step.name}")
    begun = time.monotonic()
    running = supervisor.run_to_end(Program(step.name, step.argv, step.env))
    seconds = time.monotonic() - begun
    return Result(step, running.process.returncode == 0, seconds, list(running.last_lines))


def run_all(supervisor: Supervisor, *, with_tests: bool) -> list[Result]:
    with services.private_services(supervisor) as urls:
        env = services.environment(urls)
        steps = checks(env) + (tests(env) if with_tests else [])
        return [run_step(supervisor, step) for step in steps]


def report(results: Sequence[Result]) -> str:
    lines = [
        f"  {result.step.name:<13} {'passed' if result.passed else 'FAILED':<7}{result.seconds:7.1f} s"
        for result in results
    ]
    closing = [f"{result.step.name}: {line}" for result in results if (line := closing_line(result.last_lines))]
    failed = sum(not result.passed for result in results)
    total = f"{len(results) - failed} steps passed, {failed} steps failed"
    return "\n".join(["", *lines, "", total, *closing])


def closing_line(lines: Sequence[str]) -> str:
    """pytest's own last line, with its counts."""
    return next((line for line in reversed(lines) if line.startswith("=") and CLOSING_LINE.search(line)), "")


def install_debian_packages() -> None:
    needed = {"chromium": "chromium", "msgfmt": "gettext"}
    missing = [package for program, package in needed.items() if not shutil.which(program)]
    if missing:
        debian.install(missing, why="make test")
    services.require_postgres()
    compose = ["docker", "compose", "version"]
    if not shutil.which("docker-compose") and not succeeds(compose) and debian.may_install():
        debian.try_to_install(["docker-compose"], why="checking docker-compose.yml")


def succeeds(command: Sequence[str]) -> bool:
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main(*, with_tests: bool) -> int:
    install_debian_packages()
    with Supervisor(prefixed=False) as supervisor:
        try:
            results = run_all(supervisor, with_tests=with_tests)
        except StopRequested:
            supervisor.say("\nstopped; nothing was left running")
            return 130
        except (ProgramFailed, TimeoutError) as error:
            supervisor.say(f"\nerror: {error}")
            return 1
        supervisor.say(report(results))
        return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(with_tests="check" not in sys.argv[1:]))
