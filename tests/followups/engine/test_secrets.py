"""The text of an account mail holds a secret: it stays as long as it is needed, and no longer."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from followups.engine.claiming import claim
from followups.engine.reaping import reap
from followups.engine.sending import send_batch
from followups.engine.transports import SmtpTransport
from followups.models import Message
from playbooks.models import Progress
from tests.factories import NOW
from tests.followups.engine.conftest import pump_all
from tests.followups.engine.mails import DUE, LONG_AGO, account_mail, mark

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["a", "nobody", "drop-text"])
def test_no_secret_stays_behind_when_an_account_mail_is_done_with(
    name: str, transport: SmtpTransport, settings: Settings
) -> None:
    settings.DEMO = False
    message = account_mail(f"{name}@example.com", html="<p>123</p>")
    send_batch(now=NOW, transport=transport)
    message.refresh_from_db()
    assert message.finished_at is not None
    assert (message.subject, message.text, message.html) == ("", "", "")


def test_what_waits_keeps_its_text_until_it_is_given_up(transport: SmtpTransport, settings: Settings) -> None:
    settings.DEMO = False
    message = account_mail("busy@example.com", tries=14)
    send_batch(now=NOW, transport=transport)
    message.refresh_from_db()
    assert message.text == "123"
    send_batch(now=NOW + timedelta(days=1), transport=transport)
    message.refresh_from_db()
    assert (message.state, message.text) == ("failed", "")


def test_a_sender_that_died_leaves_no_secret(settings: Settings) -> None:
    settings.DEMO = False
    message = account_mail("a@example.com")
    [claimed] = claim(now=NOW)
    mark(claimed)
    Message.objects.update(lease_until=LONG_AGO)
    reap(now=NOW)
    message.refresh_from_db()
    assert (message.state, message.text) == ("unknown", "")


def test_the_demo_and_reminders_keep_their_words(
    progress: Progress, transport: SmtpTransport, settings: Settings
) -> None:
    settings.DEMO = True
    account_mail("a@example.com")
    pump_all(now=DUE, transport=transport)
    settings.DEMO = False
    assert not Message.objects.filter(text="").exists()
