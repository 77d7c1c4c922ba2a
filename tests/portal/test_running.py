import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onboarding_portal import running
from onboarding_portal.running import CannotStart

pytestmark = pytest.mark.machine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((running.HOST, 0))
        holder.listen()
        yield holder.getsockname()[1]


@contextmanager
def started(var: Path, port: int) -> "Iterator[subprocess.Popen[str]]":
    """`make run` without the installing, in a folder of its own; gone afterwards, whatever the test found."""
    env = os.environ | {"VAR_DIR": str(var), "PORT": str(port)}
    command = [sys.executable, "-m", "onboarding_portal.running"]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watchdog = threading.Timer(90, process.terminate)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.terminate()


def read_until(process: "subprocess.Popen[str]", text: str) -> list[str]:
    """Lines up to the one that holds the text; all of them if the program ends before."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if text in line:
            break
    return lines


def children(pid: int) -> dict[str, int]:
    """The programs that the supervisor started, by a word of their command line."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found: dict[str, int] = {}
    for child in listed:
        words = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        names = ("valkey-server", "gunicorn", " worker ", " beat ")
        found |= {name.strip(): int(child) for name in names if name in words}
    return found


def test_a_taken_port_is_said_before_anything_starts(taken_port: int, tmp_path: Path) -> None:
    with started(tmp_path / "var", taken_port) as process:
        said = process.communicate(timeout=30)[0]
    assert process.returncode == 1
    assert said.startswith(f"error: port {taken_port} cannot be used (Address already in use).")
    assert f"PORT={taken_port + 1} make run" in said
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "8000.0"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(CannotStart, match="is no port"):
        running.chosen_port({"PORT": port})


@pytest.mark.parametrize(("given", "port"), [({}, 8000), ({"PORT": ""}, 8000), ({"PORT": "8010"}, 8010)])
def test_the_port_comes_from_the_environment(given: dict[str, str], port: int) -> None:
    assert running.chosen_port(given) == port


def test_a_second_copy_over_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running.lock(tmp_path), pytest.raises(CannotStart, match="already runs"):
        running.lock(tmp_path)
    running.lock(tmp_path).close()


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    (tmp_path / "secret_key.new").write_text("cut sho")  # what an interrupted first start leaves
    key = running.secret_key(tmp_path)
    assert len(key) >= 50
    assert running.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_the_demo_cannot_reach_what_the_caller_uses(tmp_path: Path) -> None:
    given = {
        "PATH": "/bin",
        "DATABASE_URL": "postgres://real",
        "SMTP_URL": "smtp://real",
        "SENTRY_DSN": "https://real",
        "PRODUCTION": "1",
    }
    env = running.demo_environment(given, port=8000, valkey_port=7000, var=tmp_path)
    assert "real" not in " ".join(env.values())
    assert "PRODUCTION" not in env
    assert env["PATH"] == "/bin"
    assert env["DEMO"] == "1"
