"""Many vendors, many workers: one posts to a vendor at a time, and a receiver that hangs holds up nobody else."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.db import connections
from django.test import override_settings

from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.engine.polling import Engine
from followups.engine.transports import SmtpTransport
from followups.models import Message, Touch
from followups.webhooks import lanes
from followups.webhooks.configuring import set_address
from followups.webhooks.poster import Poster
from followups.webhooks.sending import post_all
from partners.models import Member, Vendor
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.followups.webhooks.receiver import Receiver, Says
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db(transaction=True)
DUE = NOW + timedelta(hours=24)
PATIENCE = 10.0


def told_at(address: str, *, count: int = 1) -> Vendor:
    """A vendor with so many webhooks due."""
    vendor = make_vendor()
    owner = make_member(vendor, role=Member.Role.OWNER)
    make_default_cadence(vendor=vendor, now=NOW)
    Touch.objects.filter(cadence__vendor=vendor, kind="remind-24h").update(channel=Touch.Channel.WEBHOOK)
    set_address(vendor=vendor, address=address, by=owner.user, now=NOW)
    version = make_version(vendor)
    for _ in range(count):
        make_enrollment(make_partner(vendor), version=version)
    return vendor


def test_two_workers_never_post_to_one_vendor_at_once(receiver: Receiver, clock: Clock) -> None:
    told_at(receiver.url, count=12)
    decide_batch(now=clock.set(DUE))
    lanes_meanwhile: list[object] = []

    def try_too() -> None:
        lanes_meanwhile.append(lanes.take(now=DUE))
        connections.close_all()

    receiver.says = [Says(before=try_too)]
    errors: list[Exception] = []

    def work() -> None:
        try:
            while Message.objects.exclude(state="accepted").exists():
                post_all()
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    assert len(receiver.got) == len({got.key for got in receiver.got}) == 12
    assert lanes_meanwhile == [None] * 12
    assert set(Message.objects.values_list("tries", "fence")) == {(1, 1)}


def test_who_was_told_longest_ago_is_next(receiver: Receiver, clock: Clock) -> None:
    first, second = told_at(receiver.url, count=9), told_at(receiver.url)
    decide_batch(now=clock.set(DUE))
    for expected in (first, second, first):
        lane = lanes.take(now=DUE)
        assert lane is not None
        assert lane.vendor == expected.pk
        assert len(lane.claims) <= lanes.BATCH
        lanes.leave(lane)
        Message.objects.filter(state="claimed").update(state="ready", lease_until=None)


def test_a_receiver_that_hangs_delays_neither_mails_nor_others(
    loopback: None, receiver: Receiver, sink: SmtpSink, clock: Clock
) -> None:
    let_go, hangs = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        let_go.wait(PATIENCE)

    slow = Receiver()
    slow.says = [Says(before=hang)]
    told_at(slow.url)
    decide_batch(now=clock.set(DUE))
    with override_settings(ENGINE_POLL_SECONDS=0.02):
        engine = Engine(lambda: SmtpTransport(sink.url))
        engine.start()
        assert hangs.wait(PATIENCE)
        told_at(receiver.url)
        Message.objects.create(key="mail:a", kind="account", to_address="a@example.com", not_before=NOW, created_at=NOW)
        engine.wake()
        assert until(lambda: bool(sink.received and receiver.got))
        assert Message.objects.get(vendor__webhook__address=slow.url, channel="webhook").state == "claimed"
        let_go.set()
        assert until(lambda: not Message.objects.exclude(state="accepted").exists())
        engine.stop()
    slow.close()


def test_it_ends_when_it_is_told_and_gives_back_what_it_has_not_begun(receiver: Receiver, clock: Clock) -> None:
    told_at(receiver.url, count=3)
    decide_batch(now=clock.set(DUE))
    with override_settings(ENGINE_POLL_SECONDS=0.02):
        poster = Poster(nullcontext)
        receiver.says = [Says(before=poster.halt)]
        poster.start()
        poster.join()
    assert sorted(Message.objects.values_list("state", flat=True)) == ["accepted", "ready", "ready"]
    # It may have taken the lane once more when it was told, and then gave it back as well: the next one has it at once.
    assert len(receiver.got) == 1
    assert (lane := lanes.take(now=clock.instant)) is not None
    assert len(lane.claims) == 2


def test_an_error_ends_the_round_and_not_the_loop(
    receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told_at(receiver.url)
    decide_batch(now=clock.set(DUE))
    take, met = lanes.take, threading.Event()

    def stumble(**given: object) -> object:
        if not met.is_set():
            met.set()
            raise ZeroDivisionError
        return take(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(lanes, "take", stumble)
    with override_settings(ENGINE_POLL_SECONDS=0.02):
        poster = Poster(nullcontext)
        poster.start()
        assert until(lambda: bool(receiver.got))
        poster.halt()
        poster.join()
    assert "The thread of the webhooks met an error and goes on." in caplog.text


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it comes to be so, looked at often."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if is_so():
            return True
        pause.wait(0.02)
    return False
