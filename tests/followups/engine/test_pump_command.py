import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from pytest_django import Settings

from followups.models import Message
from tests.clock import Clock
from tests.smtp_sink import SmtpSink


@pytest.mark.django_db(transaction=True)
def test_everything_due_is_sent_and_the_command_ends(settings: Settings, clock: Clock) -> None:
    out = io.StringIO()
    with SmtpSink() as sink:
        settings.SMTP_URL = sink.url
        settings.MAIL_TRANSPORT = "followups.engine.transports.SmtpTransport"
        Message.objects.create(
            key="mail:one",
            kind=Message.Kind.ACCOUNT,
            to_address="ada@vendor.example",
            not_before=clock.instant - timedelta(minutes=1),
            created_at=clock.instant,
            subject="Hello",
            text="Hello",
        )
        call_command("pump", stdout=out)
        assert sink.recipients == ["ada@vendor.example"]
    assert "nothing is due any more" in out.getvalue()
