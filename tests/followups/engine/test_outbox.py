"""Every mail that Django sends is a row of the caller's transaction; the engine is woken when that commits."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection, send_mail
from django.db import transaction

from followups.engine import waking
from followups.engine.pumping import pump
from followups.engine.transports import SmtpTransport
from followups.models import Message
from tests.clock import Clock
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
BACKEND = "followups.engine.outbox.OutboxBackend"
Callbacks = Callable[..., AbstractContextManager[list[Callable[[], object]]]]


@pytest.fixture(autouse=True)
def _outbox(settings: object, clock: Clock) -> None:
    settings.EMAIL_BACKEND = BACKEND  # type: ignore[attr-defined]  # the test runner puts its own in


def test_a_mail_becomes_a_row_and_arrives_as_it_was(clock: Clock, sink: SmtpSink, transport: SmtpTransport) -> None:
    mail = EmailMultiAlternatives(
        "Your code", "It is 123.", "Desk <desk@example.com>", ["a@example.com"], reply_to=["mia@example.com"]
    )
    mail.attach_alternative("<p>It is 123.</p>", "text/html")
    assert mail.send() == 1
    row = Message.objects.get()
    assert (row.kind, row.state, row.vendor, row.created_at) == ("account", "ready", None, clock.instant)
    pump(now=clock.instant, transport=transport)
    [arrived] = sink.mails
    assert (arrived["Subject"], arrived["From"], arrived["To"]) == (
        "Your code",
        "Desk <desk@example.com>",
        "a@example.com",
    )
    assert arrived["Reply-To"] == "mia@example.com"
    html, text = arrived.get_body(("html",)), arrived.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert "<p>It is 123.</p>" in html.get_content()
    assert "It is 123." in text.get_content()


def test_a_calendars_entry_goes_along(clock: Clock, sink: SmtpSink, transport: SmtpTransport) -> None:
    entry = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nX-WORDS:Größe\r\nEND:VCALENDAR\r\n"
    mail = EmailMultiAlternatives("Off", "It is off.", to=["a@example.com"])
    mail.attach_alternative(entry, "text/calendar")
    mail.send()
    pump(now=clock.instant, transport=transport)
    [arrived] = sink.mails
    assert arrived.get_content_type() == "multipart/alternative"
    plain, calendar = arrived.iter_parts()
    assert (plain.get_content_type(), calendar.get_content_type()) == ("text/plain", "text/calendar")
    assert (calendar.get_param("method"), calendar.get_content_charset()) == ("CANCEL", "utf-8")
    assert calendar.get_payload(decode=True) == entry.encode()
    row = Message.objects.get()
    assert (row.state, row.calendar == "" or not row.text) == ("accepted", True)  # cleared with its text


def test_one_row_a_recipient() -> None:
    EmailMessage("Hi", "Hello", to=["a@example.com"], cc=["b@example.com"], bcc=["c@example.com"]).send()
    assert set(Message.objects.values_list("to_address", flat=True)) == {
        "a@example.com",
        "b@example.com",
        "c@example.com",
    }


def test_a_file_is_refused_aloud() -> None:
    mail = EmailMessage("Hi", "Hello", to=["a@example.com"])
    mail.attach("a.txt", "text", "text/plain")
    with pytest.raises(ValueError, match="link"):
        get_connection(BACKEND).send_messages([mail])


def _send_and_fail() -> None:
    with transaction.atomic():
        send_mail("Hi", "Hello", None, ["a@example.com"])
        raise ZeroDivisionError


def test_a_rolled_back_transaction_sends_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        _send_and_fail()
    assert not Message.objects.exists()


def test_it_wakes_once_however_many_mails(django_capture_on_commit_callbacks: Callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        for _ in range(3):
            send_mail("Hi", "Hello", None, ["a@example.com"])
    assert callbacks == [waking.publish]


PUBLISH = """
import django, logging, time
django.setup()
logging.basicConfig()
from followups.engine.waking import publish
begun = time.monotonic()
publish()
print("seconds", time.monotonic() - begun)
"""


def test_without_a_broker_a_request_neither_waits_nor_fails() -> None:
    """In a process of its own, with nobody listening on the broker's port."""
    env = {**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0", "DJANGO_SETTINGS_MODULE": "onboarding_portal.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    assert float(done.stdout.split()[-1]) < 3
    assert "No worker was woken" in done.stderr
