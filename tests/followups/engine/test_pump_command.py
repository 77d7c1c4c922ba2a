import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from pytest_django import Settings

from followups.engine import pumping
from followups.engine.transports import NoTransport
from followups.models import Message
from tests.clock import Clock
from tests.factories import NOW
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


@pytest.mark.parametrize(
    ("found", "done"),
    [
        ([3], ["decide", "send"]),
        ([200, 200, 7], ["decide", "send", "decide", "decide"]),
        ([200] * 9, ["decide", "send", *["decide"] * 4]),
    ],
)
def test_of_a_burst_more_is_decided_once_the_first_mails_are_out(
    found: list[int], done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def decide_batch(**_: object) -> int:
        seen.append("decide")
        return found.pop(0)

    monkeypatch.setattr(pumping, "reap", lambda **_: 0)
    monkeypatch.setattr(pumping, "decide_batch", decide_batch)
    monkeypatch.setattr(pumping, "send_batch", lambda **_: seen.append("send"))
    assert pumping.pump(now=NOW, transport=NoTransport())
    assert seen == done
