"""A server that hangs: one waits for it, and all others go without until it is time to ask again."""

import pytest
from kombu.exceptions import OperationalError
from redis.exceptions import TimeoutError as RedisIsSlow

from partners import waking
from partners.outages import Outage


class Seconds:
    """A clock that stands still until it is moved."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def outage(seconds: Seconds) -> Outage:
    return Outage(seconds=5, now=seconds)


def test_nobody_goes_without_what_answers(outage: Outage) -> None:
    assert [outage.is_on() for _ in range(3)] == [False] * 3


def test_while_it_lasts_all_go_without_and_then_one_asks(outage: Outage, seconds: Seconds) -> None:
    outage.begin()
    assert outage.is_on()
    seconds.at = 5.0
    assert [outage.is_on() for _ in range(3)] == [False, True, True]
    seconds.at = 9.9
    assert outage.is_on()  # whoever asks is still waiting, or never came back
    seconds.at = 10.0
    assert [outage.is_on(), outage.is_on()] == [False, True]


def test_once_it_answers_everybody_asks_again(outage: Outage, seconds: Seconds) -> None:
    outage.begin()
    seconds.at = 5.0
    assert not outage.is_on()
    outage.end()
    assert not outage.is_on()


class Broker:
    """A task whose broker answers as it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.fault: BaseException | None = None

    def apply_async(self, **_: object) -> None:
        self.asked += 1
        if self.fault is not None:
            raise OperationalError(str(self.fault)) from self.fault


def test_a_broker_that_hangs_is_left_alone_and_one_that_refuses_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, outage: Outage, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(waking, "REDIS", outage)
    broker = Broker()
    broker.fault = ConnectionRefusedError("nobody there")
    for _ in range(2):
        waking.wake(broker)
    assert broker.asked == 2
    broker.fault = RedisIsSlow("nothing heard")
    for _ in range(4):
        waking.wake(broker)
    assert broker.asked == 3
    assert "nothing heard" in caplog.records[-1].getMessage()
    assert len(caplog.records) == 3
    broker.fault, seconds.at = None, 5.0
    for _ in range(2):
        waking.wake(broker)
    assert broker.asked == 5
