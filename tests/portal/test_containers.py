"""The image and the composition, as far as a machine without a container engine can look at them."""

import http.server
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from followups.engine.claiming import LEASE
from followups.engine.patience import STOP_WITHIN_SECONDS
from onboarding_portal import healthcheck, serving

pytestmark = pytest.mark.machine

ROOT = Path(__file__).resolve().parents[2]
FILLED_IN = {"SECRET_KEY": "a-key", "POSTGRES_PASSWORD": "a-password"}
OURS = {"web", "worker", "beat", "migrate"}
OTHERS = {"database", "redis", "mail"}


def client() -> list[str] | None:
    """`docker compose` or the older `docker-compose`, whichever this machine has."""
    for command in (["docker", "compose"], ["docker-compose"]):
        program = shutil.which(command[0])
        if program and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def configured(folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = client()
    if command is None:
        pytest.skip("there is no compose client here (Debian: docker-compose)")
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment}
    env_file = folder / "env"
    env_file.touch()  # empty, so that a developer's own .env has no say
    command = [*command, "--env-file", str(env_file), "config"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def composition() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile() -> list[str]:
    """One instruction an item, continuation lines joined, comments left out."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text())
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def test_the_client_accepts_the_composition(tmp_path: Path) -> None:
    done = configured(tmp_path, FILLED_IN)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == OURS | OTHERS
    assert services["web"]["environment"]["DATABASE_URL"] == "postgres://firstline:a-password@database:5432/firstline"


@pytest.mark.parametrize("missing", FILLED_IN)
def test_a_missing_secret_stops_it_and_says_where_to_look(missing: str, tmp_path: Path) -> None:
    done = configured(tmp_path, {name: value for name, value in FILLED_IN.items() if name != missing})
    assert done.returncode != 0
    assert "is missing, see .env.example" in done.stderr


def test_every_long_running_service_has_a_health_check(composition: Any, dockerfile: list[str]) -> None:
    with_check = {
        name for name, service in composition["services"].items() if service.get("healthcheck", {}).get("test")
    }
    assert with_check == (OURS | OTHERS) - {"web", "migrate"}
    assert any(line.startswith("HEALTHCHECK") for line in dockerfile)  # web's own


def test_nothing_of_ours_starts_before_the_migrations(composition: Any) -> None:
    services = composition["services"]
    for name in OURS - {"migrate"}:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"


def test_our_containers_may_do_little(composition: Any) -> None:
    for name in OURS:
        service = composition["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_the_worker_is_given_the_time_that_the_engine_takes_to_stop(composition: Any) -> None:
    assert seconds(composition["services"]["worker"]["stop_grace_period"]) >= STOP_WITHIN_SECONDS + 10


def seconds(grace: str) -> int:
    return int(grace.removesuffix("s"))


def test_web_is_given_the_time_that_gunicorn_takes_to_stop(composition: Any, dockerfile: list[str]) -> None:
    assert "STOPSIGNAL SIGTERM" in dockerfile
    assert serving.graceful_timeout < seconds(composition["services"]["web"]["stop_grace_period"])


def test_the_worker_is_healthy_while_its_engine_goes_round(composition: Any) -> None:
    worker = composition["services"]["worker"]
    assert worker["environment"]["ENGINE_HEARTBEAT"] in worker["healthcheck"]["test"][1]
    assert worker["environment"]["SECRET_KEY"] == composition["services"]["web"]["environment"]["SECRET_KEY"]
    minutes = re.search(r"-mmin -(\d+)", worker["healthcheck"]["test"][1])
    assert minutes is not None
    assert timedelta(minutes=int(minutes[1])) > LEASE  # a batch may take almost as long as its lease
    assert worker["environment"]["ENGINE_HEARTBEAT"].startswith("/tmp/")  # noqa: S108 - the one place it may write
    assert worker["tmpfs"] == ["/tmp"]  # noqa: S108


def test_one_service_alone_migrates(composition: Any) -> None:
    ours = {name: service.get("command", []) for name, service in composition["services"].items() if name in OURS}
    assert [name for name, command in ours.items() if "migrate" in command] == ["migrate"]
    assert composition["services"]["migrate"]["restart"] == "no"


SECRET = re.compile(r"(?i)(secret|password|token|_key|dsn)")


def test_no_secret_is_written_down(composition: Any, dockerfile: list[str]) -> None:
    assert not [line for line in dockerfile if line.startswith(("ENV", "ARG")) and SECRET.search(line)]
    for service in composition["services"].values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert re.fullmatch(r"\$\{\w+:[?-].*\}", value), name


def test_what_a_stage_takes_from_another_is_made_there(dockerfile: list[str]) -> None:
    made = {line.split()[3] for line in dockerfile if line.startswith("FROM ") and " AS " in line}
    taken = re.findall(r"COPY --from=(\w+) ", "\n".join(dockerfile))
    assert taken
    assert set(taken) <= made


def test_ports_are_open_to_this_machine_alone(composition: Any) -> None:
    ports = [port for service in composition["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_demo_mode_is_not_for_containers(composition: Any) -> None:
    assert not any("DEMO" in service.get("environment", {}) for service in composition["services"].values())


def test_the_image_is_built_in_stages_and_runs_as_nobody_special(dockerfile: list[str]) -> None:
    stages = [line for line in dockerfile if line.startswith("FROM ")]
    assert len(stages) == 3
    last = dockerfile[dockerfile.index(stages[-1]) :]
    assert "USER firstline" in last
    assert last.index("USER firstline") < next(i for i, line in enumerate(last) if line.startswith("CMD"))


def test_commands_are_lists_so_that_signals_arrive(dockerfile: list[str]) -> None:
    command = next(line for line in dockerfile if line.startswith("CMD "))
    assert json.loads(command.removeprefix("CMD "))[:3] == ["gunicorn", "--config", "python:onboarding_portal.serving"]


def test_what_the_image_copies_is_there_and_not_ignored(dockerfile: list[str]) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copies = [line.split()[1:-1] for line in dockerfile if line.startswith("COPY ") and "--from" not in line]
    named = [name for names in copies for name in names if name != "."]
    assert set(named) >= {"package-lock.json", "requirements.txt", "requirements-installer.txt"}
    assert all((ROOT / name).is_file() and name not in ignored for name in named)


@pytest.mark.parametrize("name", [".env", ".git", "var", "node_modules", ".venv"])
def test_secrets_and_data_stay_out_of_the_image(name: str) -> None:
    assert name in (ROOT / ".dockerignore").read_text().split()


def test_the_example_names_every_secret(composition: Any) -> None:
    example = (ROOT / ".env.example").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert required == FILLED_IN.keys()
    assert all(re.search(rf"(?m)^{name}=$", example) for name in required)


class Site(http.server.BaseHTTPRequestHandler):
    """Answers 200 to whoever asks for the public host over HTTPS, and 503 to all others."""

    def do_GET(self) -> None:
        asked = self.headers["Host"], self.headers["X-Forwarded-Proto"]
        self.send_response(200 if asked == ("portal.example.com", "https") else 503)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/readyz"
        server.shutdown()


def test_the_health_check_asks_as_the_proxy_would(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://portal.example.com")
    assert healthcheck.main(site) == 0


def test_the_health_check_tells_sick_from_well(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "http://elsewhere.example.com")
    assert healthcheck.main(site) == 1
    assert healthcheck.main("http://127.0.0.1:1/readyz") == 1
