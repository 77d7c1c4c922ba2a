"""What each fault of a server, of a mail or of the database means for the mail, and for the others."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from followups.engine import outcomes
from followups.engine.reaping import reap
from followups.engine.sending import send_batch
from followups.engine.transports import SmtpTransport
from followups.models import Attempt, Message, Suppression
from tests.factories import NOW
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.followups.engine.mails import LONG_AGO, account_mail, outcome
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "state", "attempt"),
    [
        ("nobody", "failed", "rejected"),
        ("relay", "failed", "rejected"),
        ("policy", "ready", "deferred"),
        ("sender", "ready", "deferred"),
        ("spam", "failed", "rejected"),
        ("busy", "ready", "deferred"),
        ("full", "ready", "deferred"),
        ("drop-rcpt", "ready", "broken"),
        ("drop-data", "ready", "broken"),
        ("drop-text", "unknown", "unknown"),
        ("garbled-rcpt", "ready", "broken"),
        ("odd-data", "ready", "broken"),
        ("garbled", "unknown", "unknown"),
        ("nul", "accepted", "accepted"),
    ],
)
def test_each_fault_and_never_the_others(
    name: str, state: str, attempt: str, transport: SmtpTransport, sink: SmtpSink
) -> None:
    before = account_mail("before@example.com")
    faulty = account_mail(f"{name}@example.com")
    after = account_mail("after@example.com")
    send_batch(now=NOW, transport=transport)
    assert outcome(faulty) == (state, [attempt])
    assert outcome(before) == outcome(after) == ("accepted", ["accepted"])
    assert {"before@example.com", "after@example.com"} <= set(sink.recipients)
    if state == "ready":
        assert faulty.not_before > NOW
        assert faulty.tries == 1


def test_only_an_address_that_does_not_exist_is_suppressed(transport: SmtpTransport) -> None:
    for name in ("nobody", "policy", "sender", "relay", "spam"):
        account_mail(f"{name}@example.com")
    send_batch(now=NOW, transport=transport)
    assert [(row.address, row.vendor, row.reason) for row in Suppression.objects.all()] == [
        ("nobody@example.com", None, "bounced")
    ]


def test_what_was_put_off_is_tried_again_in_its_time(transport: SmtpTransport) -> None:
    message = account_mail("busy@example.com")
    send_batch(now=NOW, transport=transport)
    assert send_batch(now=NOW, transport=transport) == 0
    assert send_batch(now=NOW + timedelta(minutes=1), transport=transport) == 1
    assert outcome(message) == ("ready", ["deferred", "deferred"])


def test_an_unknown_is_never_sent_again_by_itself(transport: SmtpTransport, sink: SmtpSink) -> None:
    account_mail("drop-text@example.com")
    for hours in range(0, 200, 10):
        pump_all(now=NOW + timedelta(hours=hours), transport=transport)
    assert max(sink.times_seen().values()) == 1


def test_an_address_nobody_can_speak_fails_alone(transport: SmtpTransport, sink: SmtpSink) -> None:
    odd = account_mail("ö@example.com")
    good = account_mail("good@example.com")
    send_batch(now=NOW, transport=transport)
    assert outcome(odd)[0] == "failed"
    assert outcome(good)[0] == "accepted"


def test_a_mail_that_cannot_be_written_waits_and_the_rest_goes(
    transport: SmtpTransport, sink: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    bad = account_mail("bad@example.com", headers={"X-Odd": "two\nlines"})
    account_mail("good@example.com")
    send_batch(now=NOW, transport=transport)
    assert outcome(bad) == ("ready", ["broken"])
    assert sink.recipients == ["good@example.com"]
    assert "could not be sent" in caplog.text


def test_every_number_of_attempts_ends(transport: SmtpTransport) -> None:
    message = account_mail("busy@example.com", tries=15)
    send_batch(now=NOW, transport=transport)
    assert outcome(message) == ("failed", ["deferred"])
    assert Attempt.objects.get().code == 451


def test_what_a_server_says_is_kept_as_far_as_a_database_takes_it(transport: SmtpTransport, sink: SmtpSink) -> None:
    message = account_mail("nul@example.com")
    for hours in range(0, 30, 10):
        pump_all(now=NOW + timedelta(hours=hours), transport=transport)
    assert outcome(message) == ("accepted", ["accepted"])
    assert sink.recipients == ["nul@example.com"]
    said = Attempt.objects.get().response
    assert said.startswith("250 2.0.0 Kept as")
    assert "\0" not in said
    assert len(said) == 1000


def test_a_fault_in_recording_what_was_accepted_never_sends_it_again(
    transport: SmtpTransport, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = account_mail("a@example.com")

    def stumble(*_: object, **__: object) -> None:
        raise ValueError("cannot be written")

    monkeypatch.setattr(outcomes, "accepted", stumble)
    for hours in range(0, 30, 10):
        send_batch(now=NOW + timedelta(hours=hours), transport=transport)
    assert sink.recipients == ["a@example.com"]
    assert outcome(message) == ("sending", [])
    Message.objects.update(lease_until=LONG_AGO)
    reap(now=NOW)
    assert outcome(message) == ("unknown", ["unknown"])


def test_an_error_of_the_database_ends_the_mail_on_the_line_and_gives_back_the_rest(
    interrupted: Interrupt, sink: SmtpSink, transport: SmtpTransport
) -> None:
    first, second = account_mail("a@example.com"), account_mail("b@example.com")

    def fail() -> None:
        raise OperationalError("gone")

    line = interrupted(fail)
    with pytest.raises(OperationalError):
        send_batch(now=NOW, transport=line)
    assert (outcome(first), outcome(second)) == (("ready", []), ("ready", []))
    line.meanwhile = lambda: None
    line.begin(sender="x@example.com", recipient="nested@example.com")  # refused in the midst of a mail
    line.abandon()
    assert send_batch(now=NOW, transport=transport) == 2
    assert sink.recipients == ["a@example.com", "b@example.com"]
