"""No receiving domain gets more than its share of a minute, and what is decided together does not leave together."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import Settings

from followups.engine.deciding import decide_batch
from followups.engine.lines import Lines
from followups.engine.pacing import MINUTE
from followups.engine.sending import send_batch
from followups.engine.spreading import fraction, spread
from followups.engine.ticking import slot_of
from followups.engine.transports import SmtpTransport
from followups.models import Message, Pace
from partners.hours import Hours, is_open
from partners.models import Vendor
from playbooks.models import PlaybookVersion
from tests.factories import NOW, make_enrollment, make_partner, make_version
from tests.followups.engine.mails import DUE, account_mail
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
BERLIN = Hours(ZoneInfo("Europe/Berlin"), frozenset(range(1, 6)), time(9), time(17))


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor)


def remind(vendor: Vendor, version: PlaybookVersion, *addresses: str) -> None:
    for address in addresses:
        make_enrollment(make_partner(vendor, email=address), version=version)
    decide_batch(now=DUE)


def minute_by_minute(lines: SmtpTransport | Lines, sink: SmtpSink, *, minutes: int) -> list[Counter[str]]:
    """How many mails came to each domain in each minute, the engine looking every quarter of it."""
    came = []
    for minute in range(minutes):
        before = len(sink.received)
        for second in (0, 15, 30, 45, 59.999):  # some wait until just before the minute is over
            while send_batch(now=DUE + timedelta(minutes=minute, seconds=second), transport=lines, limit=4):
                pass
        came.append(Counter(address.split("@")[1] for address in sink.recipients[before:]))
    return came


def test_no_domain_gets_more_than_its_share(
    vendor: Vendor, version: PlaybookVersion, transport: SmtpTransport, sink: SmtpSink, settings: Settings
) -> None:
    settings.MAIL_PER_DOMAIN_MINUTE = 3
    remind(vendor, version, *(f"kim{n}@Big.example" for n in range(8)), *(f"zoe{n}@small.example" for n in range(2)))
    came = minute_by_minute(transport, sink, minutes=5)
    assert [one["big.example"] + one["Big.example"] for one in came] == [3, 3, 2, 0, 0]
    assert [one["small.example"] for one in came] == [2, 0, 0, 0, 0]
    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}


def test_a_code_is_never_put_off_and_counts(transport: SmtpTransport, sink: SmtpSink, settings: Settings) -> None:
    settings.MAIL_PER_DOMAIN_MINUTE = 1
    for number in range(3):
        account_mail(f"a{number}@example.com")
    assert send_batch(now=NOW, transport=transport) == 3
    assert len(sink.received) == 3
    assert Pace.objects.get().taken == 3


def test_without_a_limit_nothing_is_counted(transport: SmtpTransport, sink: SmtpSink) -> None:
    account_mail("a@example.com")
    assert send_batch(now=NOW, transport=transport) == 1
    assert not Pace.objects.exists()


def test_who_has_to_wait_is_not_woken(
    vendor: Vendor, version: PlaybookVersion, transport: SmtpTransport, sink: SmtpSink, settings: Settings
) -> None:
    """The minute after is past closing time."""
    settings.MAIL_PER_DOMAIN_MINUTE = 1
    remind(vendor, version, "kim@x.example", "zoe@x.example")
    closing = datetime(2026, 3, 4, 15, 59, 30, tzinfo=UTC)  # half a minute to five in Berlin
    send_batch(now=closing, transport=transport)
    assert len(sink.received) == 1
    waiting = Message.objects.get(state="ready")
    assert waiting.not_before == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_what_was_counted_is_forgotten_within_hours(transport: SmtpTransport, settings: Settings) -> None:
    settings.MAIL_PER_DOMAIN_MINUTE = 1
    for hours in range(4):
        account_mail(f"a{hours}@example.com")
        send_batch(now=NOW + timedelta(hours=hours), transport=transport)
    assert Pace.objects.count() <= 2


def test_reminders_decided_together_leave_one_by_one(
    vendor: Vendor, version: PlaybookVersion, settings: Settings
) -> None:
    settings.MAIL_SPREAD_SECONDS = 600.0
    remind(vendor, version, *(f"kim{n}@x.example" for n in range(12)))
    moments = list(Message.objects.order_by("key").values_list("not_before", flat=True))
    assert all(DUE <= moment < DUE + timedelta(minutes=10) for moment in moments)
    assert len({slot_of(moment, every=MINUTE) for moment in moments}) > 3
    assert moments == [
        DUE + fraction(key) * timedelta(minutes=10)
        for key in Message.objects.order_by("key").values_list("key", flat=True)
    ]


@given(some.text(max_size=20), some.integers(0, 365 * 24 * 3600), some.floats(0, 200_000))
def test_a_spread_moment_is_never_out_of_hours(key: str, second: int, seconds: float) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    if not is_open(now, BERLIN):
        return
    with override_settings(MAIL_SPREAD_SECONDS=seconds):
        leaves = spread(key, now=now, hours=BERLIN)
        assert spread(key, now=now, hours=BERLIN) == leaves
    assert now <= leaves <= now + timedelta(seconds=seconds)
    assert is_open(leaves, BERLIN)
