"""The worker's own loop: it finds its work without any broker, survives errors, and ends when told."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from followups import tasks
from followups.engine import polling
from followups.engine.polling import Engine, wake_this_process
from followups.engine.ticking import slot_of
from followups.engine.transports import SmtpTransport
from followups.models import Message, Tick
from followups.silence import watching
from tests.clock import Clock
from tests.factories import NOW
from tests.smtp_sink import SmtpSink


def mail(to: str) -> None:
    Message.objects.create(key=f"mail:{to}", kind="account", to_address=to, not_before=NOW, created_at=NOW)


@pytest.mark.django_db
def test_a_round_says_whether_there_is_more(clock: Clock, sink: SmtpSink) -> None:
    mail("a@example.com")
    engine = Engine(lambda: SmtpTransport(sink.url))
    assert engine.run_once()
    assert not engine.run_once()
    assert sink.recipients == ["a@example.com"]
    engine._transport.close()  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_the_thread_finds_its_work_wakes_and_ends(clock: Clock, sink: SmtpSink) -> None:
    with override_settings(ENGINE_POLL_SECONDS=0.05):
        mail("a@example.com")
        engine = Engine(lambda: SmtpTransport(sink.url))
        engine.start()
        assert vars(Engine)["running"] is engine
        wake_this_process()
        for _ in range(200):
            if sink.received:
                break
            engine._stopped.wait(timeout=0.05)
        engine.stop()
    assert sink.recipients == ["a@example.com"]
    assert vars(Engine)["running"] is None
    assert Message.objects.get().state == "accepted"


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("gone"), ZeroDivisionError()])
def test_an_error_ends_the_round_and_not_the_loop(
    clock: Clock, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> bool:
        raise error

    monkeypatch.setattr(polling, "pump", fail)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert not Engine(lambda: SmtpTransport("smtp://127.0.0.1:1")).run_once()
    assert "goes on" in caplog.text


@pytest.mark.django_db
def test_any_number_of_beats_watch_the_silence_once_a_minute(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = []
    monkeypatch.setattr(watching, "detect", lambda *, now: watched.append(now))
    for _ in range(3):
        tasks.watch_silence()
    clock.move(minutes=1)
    tasks.watch_silence(unknown="tolerated")
    assert watched == [NOW, NOW + timedelta(minutes=1)]


@pytest.mark.django_db
def test_workers_watch_the_silence_with_the_beat_down(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[datetime] = []
    monkeypatch.setattr(watching, "detect", lambda *, now: watched.append(now))
    one, other = Engine(), Engine()
    for engine in (one, other, one):
        engine.watch_once()
    clock.move(minutes=1)
    for engine in (other, one):
        engine.watch_once()
    assert watched == [NOW, NOW + timedelta(minutes=1)]


@pytest.mark.django_db
def test_old_slots_are_swept(clock: Clock) -> None:
    tasks.watch_silence()
    clock.move(days=3)
    tasks.watch_silence()
    assert [tick.slot for tick in Tick.objects.all()] == [slot_of(clock.instant, every=timedelta(minutes=1))]
