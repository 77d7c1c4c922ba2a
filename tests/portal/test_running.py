import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onboarding_portal import preparing, running
from onboarding_portal.running import CannotStart
from scripts import messages

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
        watchdog = threading.Timer(300, process.terminate)
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


ENDS_WITHIN_SECONDS = 5  # about one on a machine with nothing else to do
PROGRAMS = {"valkey": "valkey-server", "web": "gunicorn", "worker": "worker --pool", "beat": "beat --schedule"}


def children(pid: int) -> dict[str, int]:
    """The programs that the supervisor started, known by their command lines."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in listed}
    return {name: child for name, words in PROGRAMS.items() for child, line in lines.items() if words in line}


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


CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Done"\nmsgstr "Fertig"\n'


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only translation of a checkout in which nothing was installed yet."""
    path = tmp_path / "locale" / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    return path


def test_a_start_compiles_the_translations(catalogue: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    catalogue.write_text(CATALOGUE)
    there: list[bool] = []
    monkeypatch.setattr(running, "run", lambda *_, **__: there.append(catalogue.with_suffix(".mo").exists()))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PORT", str(running.free_port()))
    running.main()
    assert there == [True]


def test_a_broken_translation_is_said_before_anything_starts(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue.write_text(CATALOGUE + "<<<<<<< what a merge left\n")
    monkeypatch.setattr(running, "run", lambda *_, **__: pytest.fail("it was started"))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PORT", str(running.free_port()))
    assert running.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("error: the translations cannot be compiled (")
    assert "Restore the files in locale/" in said


def test_the_start_says_how_long_each_part_took() -> None:
    stages = running.Stages()
    with stages.stage("valkey"):
        pass
    with stages.stage("demo data"):
        pass
    assert re.fullmatch(r"\d+\.\d s \(valkey 0\.0 s, demo data 0\.0 s\)", str(stages))


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
def test_it_runs_as_a_whole_and_ends_as_a_whole(tmp_path: Path) -> None:
    """Two starts over one folder: the first loses its worker, the second is asked to end."""
    port = running.free_port()
    with started(tmp_path, port) as first:
        lines = read_until(first, "Ctrl-C ends it")
        programs = children(first.pid)
        assert programs.keys() == PROGRAMS.keys(), "\n".join(lines)
        assert f"ready at http://127.0.0.1:{port}/" in lines
        assert (tmp_path / preparing.STAMP).is_file()
        os.kill(programs["worker"], signal.SIGKILL)
        assert read_until(first, "worker")[-1] == "worker was ended by SIGKILL; stopping the others ..."
        said = read_until(first, "Everything else was stopped")
        assert first.wait(timeout=60) == 1
    assert any("worker was ended by SIGKILL" in line for line in said), "\n".join(said)
    assert all(is_gone(pid) for pid in programs.values())

    with started(tmp_path, port) as second:
        lines = read_until(second, "Ctrl-C ends it")
        programs = children(second.pid)
        assert programs.keys() == PROGRAMS.keys(), "\n".join(lines)
        assert status(port, "/readyz") == 200
        begun = time.monotonic()
        second.send_signal(signal.SIGINT)
        assert read_until(second, "stopped")[-1] == "stopped"
        assert second.wait(timeout=60) == 0
        assert time.monotonic() - begun < ENDS_WITHIN_SECONDS
    assert all(is_gone(pid) for pid in programs.values())


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection(running.HOST, port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse().status
    connection.close()
    return answer
