"""Fences and leases: who lost a message sends nothing, and what a dead sender held comes to its state."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from followups.engine.claiming import Claim, claim
from followups.engine.reaping import reap
from followups.engine.sending import send_batch
from followups.engine.transports import SmtpTransport
from followups.models import Message
from tests.factories import NOW
from tests.followups.engine.conftest import Interrupt
from tests.followups.engine.explaining import explaining
from tests.followups.engine.mails import LONG_AGO, account_mail, mark, outcome
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db


def test_a_lost_fence_sends_nothing(interrupted: Interrupt, sink: SmtpSink) -> None:
    message = account_mail("a@example.com")

    def taken_over() -> None:
        Message.objects.update(fence=F("fence") + 1)

    send_batch(now=NOW, transport=interrupted(taken_over))
    assert sink.received == []
    assert outcome(message) == ("claimed", [])


def test_an_expired_lease_sends_nothing_and_goes_back(
    interrupted: Interrupt, sink: SmtpSink, transport: SmtpTransport
) -> None:
    message = account_mail("a@example.com")

    def held_up() -> None:
        Message.objects.update(lease_until=LONG_AGO)

    send_batch(now=NOW, transport=interrupted(held_up))
    assert sink.received == []
    assert reap(now=NOW) == 1
    assert outcome(message) == ("ready", [])
    send_batch(now=NOW, transport=transport)
    assert sink.recipients == ["a@example.com"]


def test_a_sender_that_died_in_data_leaves_an_unknown(transport: SmtpTransport, sink: SmtpSink) -> None:
    message = account_mail("a@example.com")
    [claimed] = claim(now=NOW)
    assert mark(claimed) == {claimed}
    assert reap(now=NOW) == 0
    Message.objects.update(lease_until=LONG_AGO)
    assert reap(now=NOW) == 1
    assert outcome(message) == ("unknown", ["unknown"])
    assert send_batch(now=NOW + timedelta(days=30), transport=transport) == 0
    assert sink.received == []


def test_the_fence_only_rises_and_an_old_claim_is_worth_nothing() -> None:
    account_mail("a@example.com")
    [first] = claim(now=NOW)
    assert claim(now=NOW) == []
    Message.objects.update(lease_until=LONG_AGO)
    reap(now=NOW)
    [second] = claim(now=NOW)
    assert second == Claim(first.pk, first.fence + 1)
    assert mark(first) == set()
    assert mark(second) == {second}


def test_those_who_are_held_are_found_without_reading_what_was_sent() -> None:
    Message.objects.bulk_create(sent(f"sent-{number}") for number in range(2000))
    account_mail("held@example.com")
    claim(now=NOW)
    plans: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE followups_message")
    with connection.execute_wrapper(explaining(plans)):
        reap(now=NOW)
    [plan] = plans
    assert "message_held" in plan
    assert not re.search(r"SCAN|Seq Scan", plan)


def sent(key: str) -> Message:
    return Message(
        key=key,
        kind=Message.Kind.ACCOUNT,
        to_address="a@example.com",
        state=Message.State.ACCEPTED,
        not_before=NOW,
        created_at=NOW,
        finished_at=NOW,
    )
