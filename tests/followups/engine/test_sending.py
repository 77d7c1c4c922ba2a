"""The protocol over a real SMTP conversation, when nothing is in its way but time and the line."""

from datetime import UTC, datetime, timedelta

import pytest

from followups.engine import sending
from followups.engine.deciding import decide_batch
from followups.engine.mime import message_id
from followups.engine.sending import send_batch
from followups.engine.transports import NoTransport, SmtpTransport
from followups.models import Message
from partners.models import Vendor
from playbooks.models import Progress
from tests.factories import NOW, make_enrollment, make_partner
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.followups.engine.mails import DUE, account_mail, outcome
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


def test_a_reminder_arrives_once(progress: Progress, transport: SmtpTransport, sink: SmtpSink) -> None:
    pump_all(now=DUE, transport=transport)
    pump_all(now=DUE, transport=transport)
    message = Message.objects.get()
    assert sink.recipients == ["hanna@hafen.example"]
    assert sink.mails[0]["Message-ID"] == message_id(message.key)
    assert outcome(message) == ("accepted", ["accepted"])
    assert "Do the first thing" in message.subject
    assert message.html
    assert message.text


def test_one_kept_line_for_all(transport: SmtpTransport, sink: SmtpSink) -> None:
    for number in range(5):
        account_mail(f"a{number}@example.com")
    assert send_batch(now=NOW, transport=transport) == 5
    account_mail("last@example.com")
    assert send_batch(now=NOW, transport=transport) == 1
    assert (len(sink.received), sink.connections) == (6, 1)


def test_a_line_that_was_hung_up_on_is_made_anew(transport: SmtpTransport, sink: SmtpSink) -> None:
    transport.connect()
    assert transport.line is not None
    assert transport.line.sock is not None
    transport.line.docmd("QUIT")
    account_mail("a@example.com")
    assert send_batch(now=NOW, transport=transport) == 1
    assert (sink.recipients, sink.connections) == (["a@example.com"], 2)


def test_account_mail_goes_before_reminders(progress: Progress, sink: SmtpSink, transport: SmtpTransport) -> None:
    account_mail("code@example.com", not_before=DUE)
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == ["code@example.com", "hanna@hafen.example"]


def test_a_reminder_that_waited_does_not_leave_at_night(
    progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    pump_all(now=DUE, transport=NoTransport())
    night = datetime(2026, 3, 4, 22, tzinfo=UTC)
    pump_all(now=night, transport=transport)
    assert sink.received == []
    assert Message.objects.get().not_before == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_each_mail_has_its_own_time(
    vendor: Vendor, progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    """The first mail of a batch was slow, and meanwhile the working day has ended."""
    make_enrollment(make_partner(vendor, email="zoe@example.com"), version=progress.enrollment.version)
    decide_batch(now=DUE)
    evening = DUE.replace(hour=20)
    send_batch(now=DUE, transport=transport, read_clock=lambda: DUE if not sink.received else evening)
    assert sink.recipients == ["hanna@hafen.example"]
    assert Message.objects.get(to_address="hanna@hafen.example").finished_at == evening
    waiting = Message.objects.get(to_address="zoe@example.com")
    assert outcome(waiting) == ("ready", [])
    assert waiting.not_before > evening + timedelta(hours=8)


def test_the_day_ends_while_the_server_thinks_about_the_address(
    progress: Progress, interrupted: Interrupt, sink: SmtpSink
) -> None:
    decide_batch(now=DUE)
    times = [DUE]
    line = interrupted(lambda: times.append(DUE.replace(hour=20)))
    send_batch(now=DUE, transport=line, read_clock=lambda: times[-1])
    assert sink.received == []
    assert outcome(Message.objects.get()) == ("ready", [])


def test_no_server_leaves_all_as_it_was() -> None:
    message = account_mail("a@example.com")
    assert send_batch(now=NOW, transport=SmtpTransport("smtp://127.0.0.1:1")) == 0
    assert outcome(message) == ("ready", [])
    assert send_batch(now=NOW, transport=NoTransport()) == 0


def test_stopping_gives_back_the_rest(transport: SmtpTransport, sink: SmtpSink) -> None:
    for number in range(4):
        account_mail(f"a{number}@example.com")
    assert send_batch(now=NOW, transport=transport, should_stop=lambda: len(sink.received) >= 2) == 2
    assert Message.objects.filter(state="ready", lease_until=None).count() == 2


def test_a_slow_server_leaves_the_rest_to_the_next_batch(
    transport: SmtpTransport, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        account_mail(f"a{number}@example.com")
    monkeypatch.setattr(sending, "monotonic", lambda: 100.0 * len(sink.received))
    assert send_batch(now=NOW, transport=transport) == 3
    assert Message.objects.filter(state="ready", lease_until=None).count() == 1
