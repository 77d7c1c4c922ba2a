"""A worker goes on when its broker is gone, also where Celery would end it."""

from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from celery.bootsteps import CLOSE, RUN  # type: ignore[attr-defined]  # the stubs lack them
from celery.worker.consumer import Consumer

from onboarding_portal import consuming
from onboarding_portal.celery import app
from onboarding_portal.consuming import SteadyConsumer


class Steps:
    """Consuming, as Celery's blueprint would do it: each start ends as it is told, and the last one in order."""

    state = RUN

    def __init__(self, consumer: Any, *ends: Exception) -> None:
        self.consumer, self.ends, self.starts = consumer, deque(ends), 0

    def start(self, parent: Any) -> None:
        self.starts += 1
        self.consumer.first_connection_attempt = False
        self.consumer.connection = BrokenConnection()
        if self.ends:
            raise self.ends.popleft()
        self.state = CLOSE

    def restart(self, parent: Any) -> None:
        """Nothing was begun here."""


class BrokenConnection:
    """As kombu has it when the server went away while a message was not acknowledged yet."""

    connection_errors = channel_errors = (ConnectionError,)
    transport = SimpleNamespace(connection_errors=(), channel_errors=())

    def close(self) -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    def collect(self, **_: Any) -> None:
        """It has done what it could."""


def consumer_of(kind: type[Consumer], *ends: Exception) -> Any:
    made: Any = object.__new__(kind)
    nothing: dict[str, None] = dict.fromkeys(("hub", "controller", "timer", "connection"))
    vars(made).update(app=app, connection_errors=(ConnectionError,), channel_errors=(), task_buckets={}, **nothing)
    vars(made).update(pool=SimpleNamespace(num_processes=1, flush=None), prefetch_multiplier=1)
    vars(made).update(_restart_state=SimpleNamespace(step=lambda: None))
    made.blueprint = Steps(made, *ends)
    return made


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "PAUSE_SECONDS", 0)


def test_the_workers_have_it() -> None:
    assert app.conf.worker_consumer == "onboarding_portal.consuming:SteadyConsumer"
    worker: Any = app.WorkController(app=app, pool="solo")
    assert worker.consumer_cls == app.conf.worker_consumer


def test_a_lost_connection_that_does_not_close_ends_nothing() -> None:
    consumer = consumer_of(SteadyConsumer, ConnectionError("reset by peer"))
    consumer.start()
    assert consumer.blueprint.starts == 2


def test_without_it_that_ends_the_worker() -> None:
    with pytest.raises(AttributeError):
        consumer_of(Consumer, ConnectionError("reset by peer")).start()


@pytest.mark.parametrize("error", [AttributeError, ValueError, RuntimeError])
def test_neither_does_an_error_that_nobody_knows(error: Callable[[], Exception]) -> None:
    consumer = consumer_of(SteadyConsumer, error(), error())
    consumer.start()
    assert consumer.blueprint.starts == 3


def test_what_never_worked_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = consumer_of(SteadyConsumer)

    def fail(parent: Any) -> None:
        raise ValueError("no such broker")

    monkeypatch.setattr(consumer.blueprint, "start", fail)
    with pytest.raises(ValueError, match="no such broker"):
        consumer.start()


def test_a_worker_that_is_asked_to_end_does() -> None:
    consumer = consumer_of(SteadyConsumer)
    consumer.blueprint.state = CLOSE
    consumer.start()
    assert consumer.blueprint.starts == 0
