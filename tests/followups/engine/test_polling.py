"""The worker's own loop: it finds its work without any broker, survives errors, and ends when told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from followups import tasks
from followups.engine import polling
from followups.engine.cadences import make_default_cadence
from followups.engine.polling import Engine, wake_this_process
from followups.engine.ticking import slot_of
from followups.engine.transports import NoTransport, SmtpTransport
from followups.models import FollowUp, Message, Standing, Tick
from followups.silence import watching
from followups.standing.refreshing import refresh
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_vendor
from tests.smtp_sink import SmtpSink

STUMBLING: list[Callable[[], datetime]] = []


def stumbling_clock() -> datetime:
    return STUMBLING[0]()


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
def test_the_thread_finds_its_work_wakes_and_ends(clock: Clock, sink: SmtpSink, tmp_path: Path) -> None:
    with override_settings(ENGINE_POLL_SECONDS=0.05, ENGINE_HEARTBEAT=str(tmp_path / "alive")):
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
    assert (tmp_path / "alive").exists()


def test_a_heartbeat_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(ENGINE_HEARTBEAT=str(tmp_path / "no" / "such" / "folder")):
        polling.show_life()
    assert "cannot show that it lives" in caplog.text


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

    def judge_nobody(*, now: datetime, limit: int) -> int:
        watched.append(now)
        return 0

    monkeypatch.setattr(watching, "detect", judge_nobody)
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


@pytest.mark.django_db
def test_silence_is_judged_in_batches_with_mail_in_between(
    clock: Clock, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = make_vendor()
    partners = [make_partner(vendor) for _ in range(3)]
    refresh(partner_ids=[partner.pk for partner in partners], now=NOW)
    Standing.objects.update(next_change_at=NOW)
    monkeypatch.setattr(polling, "judge_some", partial(watching.judge_some, size=2))
    engine = Engine(lambda: SmtpTransport(sink.url))
    assert engine.watch_once()
    assert Standing.objects.filter(next_change_at=NOW).count() == 1
    mail("a@example.com")
    assert engine.run_once()
    assert sink.recipients == ["a@example.com"]
    assert not engine.watch_once()
    assert not Standing.objects.filter(next_change_at=NOW).exists()
    engine._transport.close()  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_no_error_ends_the_thread(sink: SmtpSink, caplog: pytest.LogCaptureFixture) -> None:
    hours = iter([ZeroDivisionError(), OperationalError("gone"), ValueError()])

    def now() -> datetime:
        for error in hours:
            raise error
        return NOW

    mail("a@example.com")
    with override_settings(ENGINE_POLL_SECONDS=0.02, CLOCK=f"{__name__}.stumbling_clock"):
        STUMBLING.append(now)
        engine = Engine(lambda: SmtpTransport(sink.url))
        engine.start()
        for _ in range(200):
            if sink.received:
                break
            engine._stopped.wait(timeout=0.05)
        engine.stop()
        STUMBLING.clear()
    assert sink.recipients == ["a@example.com"]
    assert caplog.text.count("goes on") == 3


@pytest.mark.django_db
def test_an_error_while_watching_is_outlived_and_judged_again(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    errors, judged = [ZeroDivisionError()], []

    def stumble_once(*, now: datetime, limit: int) -> int:
        if errors:
            raise errors.pop()
        judged.append(now)
        return 0

    monkeypatch.setattr(watching, "detect", stumble_once)
    monkeypatch.setattr(connection, "close", lambda: None)
    engine = Engine()
    assert not engine.watch_once()
    assert "goes on" in caplog.text
    engine.watch_once()
    assert judged == [NOW]


@pytest.mark.django_db
def test_a_worker_rests_no_longer_than_until_something_falls_due(clock: Clock) -> None:
    engine = Engine(NoTransport)
    with override_settings(ENGINE_POLL_SECONDS=5.0):
        assert not engine.run_once()
        assert engine._rest() == 5.0
        vendor = make_vendor()
        make_default_cadence(vendor=vendor, now=NOW)
        make_enrollment(make_partner(vendor))
        due = FollowUp.objects.scheduled().earliest("due_at").due_at
        for before, rest in ((60.0, 5.0), (5.0, 5.0), (1.5, 1.5)):
            clock.set(due - timedelta(seconds=before))
            assert not engine.run_once()
            assert engine._rest() == pytest.approx(rest)
        clock.set(due)
        assert engine._rest() == 0.0
        assert engine.run_once()
        assert not engine.run_once()
        assert engine._rest() == 5.0
