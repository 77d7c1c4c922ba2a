"""The configuration that gunicorn is started with."""

import gc
from collections.abc import Iterator

import pytest
from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]

from onboarding_portal import serving


@pytest.fixture
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_gunicorn_takes_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["gunicorn", "--config", "python:onboarding_portal.serving"])
    settings = WSGIApplication().cfg
    assert settings.preload_app
    assert settings.threads == serving.threads
    assert settings.control_socket_disable
    assert settings.when_ready is serving.when_ready
    assert settings.post_worker_init is serving.post_worker_init


def test_what_lives_as_long_as_the_server_is_not_collected_again(collector: None) -> None:
    serving.when_ready(server=None)
    assert gc.get_freeze_count() > 0
    serving.post_worker_init(worker=None)
    assert gc.get_threshold()[0] == serving.YOUNG
