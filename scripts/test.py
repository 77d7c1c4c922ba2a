"""`make test`: every check, then every test on SQLite and on PostgreSQL. Red if any of them is.

All steps run even if one fails, so that one run tells everything. `check` as an argument leaves out the tests.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from onboarding_portal.supervising import ProgramFailed, StopRequested, Supervisor
from scripts import debian, services
from scripts.beside import Lane, Result, Step, run_beside

ROOT: Final = Path(__file__).resolve().parent.parent
BROWSER_TESTS, STORMS = "tests/browser", "tests/bench"
LIKE: Final = "migrated"
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


def migrations(env: Mapping[str, str]) -> tuple[Step, Step]:
    """One database of each kind with all tables, which the tests begin with copies of."""
    argv = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0", "--skip-checks"]
    there = services.create_database(env["DATABASE_URL"], LIKE)
    here = f"sqlite:///{like_on_sqlite(env)}"
    return (
        Step("migrate SQLite", argv, {**env, "DATABASE_URL": here}),
        Step("migrate PostgreSQL", argv, {**env, "DATABASE_URL": there}),
    )


def like_on_sqlite(env: Mapping[str, str]) -> Path:
    return Path(env["VAR_DIR"]).with_name(f"{LIKE}.sqlite3")


def tests(env: Mapping[str, str]) -> dict[str, Step]:
    pytest = [sys.executable, "-m", "pytest", "--durations", "8", "-r", "fEs"]
    # Each process begins with its share of the tests, in their order, and helps others out when it is through.
    in_turn, whoever_is_free = ["--dist", "worksteal"], ["--dist", "loadgroup"]
    once = ["-m", "not machine and not dataless"]
    there = {**env, "TEST_DATABASE_LIKE": LIKE}
    here = {name: value for name, value in env.items() if name != "DATABASE_URL"}
    here["TEST_DATABASE_LIKE"] = str(like_on_sqlite(env))
    beside = ["--ignore", BROWSER_TESTS, "--ignore", STORMS]
    steps = (
        Step("demo", [*pytest, "tests/demo"], {**here, "DEMO": "1"}),
        Step(
            "SQLite",
            [*pytest, "-n", "2", *in_turn, "-m", "not walk or dataless or machine", "--ignore", BROWSER_TESTS],
            here,
        ),
        Step("PostgreSQL", [*pytest, "-n", "2", *in_turn, *once, *beside], there),
        Step("storms", [*pytest, *once, STORMS], there),
        Step("browser", [*pytest, "-v", "-n", "2", *whoever_is_free, BROWSER_TESTS], there),  # a line for each long one
    )
    return {step.name: replace(step, env=apart(step, number)) for number, step in enumerate(steps, 1)}


def apart(step: Step, number: int) -> dict[str, str]:
    """What runs beside others has files of its own, and a database of its own in Valkey."""
    redis = urlsplit(step.env["REDIS_URL"])._replace(path=f"/{number}").geturl()
    return {**step.env, "VAR_DIR": str(Path(step.env["VAR_DIR"]) / step.name), "REDIS_URL": redis}


def rounds(env: Mapping[str, str], *, with_tests: bool) -> list[list[Lane]]:
    """What runs after each other, and in it what runs beside each other: as much as keeps both cores busy."""
    if not with_tests:
        return [[checks(env)]]
    named = tests(env)
    migrating: list[Lane] = [[step] for step in migrations(env)]
    # Storms wait for leases and browsers for pages, which others fill; both lanes above need about as long.
    there: list[Lane] = [
        [*checks(env), named["SQLite"], named["PostgreSQL"]],
        [named["demo"], named["browser"]],
        [named["storms"]],
    ]
    return [migrating, there]


def run_all(supervisor: Supervisor, *, with_tests: bool) -> list[Result]:
    with services.private_services(supervisor) as urls:
        env = services.environment(urls)
        return [result for lanes in rounds(env, with_tests=with_tests) for result in run_beside(supervisor, lanes)]


def report(results: Sequence[Result]) -> str:
    lines = [
        f"  {result.step.name:<18} {'passed' if result.passed else 'FAILED':<7}{result.seconds:7.1f} s"
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
