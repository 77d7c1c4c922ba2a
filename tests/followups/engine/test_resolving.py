"""A person finds out what became of a mail in doubt; the record says who."""

from datetime import timedelta

import pytest

from followups.engine.claiming import claim
from followups.engine.deciding import decide_batch
from followups.engine.reaping import reap
from followups.engine.resolving import NotUnknown, TextGone, it_arrived, send_again, unresolved
from followups.engine.transports import SmtpTransport
from followups.models import Message
from playbooks import walking
from playbooks.models import Progress
from tests.factories import NOW
from tests.followups.engine.conftest import pump_all
from tests.followups.engine.mails import DUE, LONG_AGO, account_mail, mark, outcome
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
LATER = DUE + timedelta(hours=1)


@pytest.fixture
def doubt(progress: Progress) -> Message:
    """The worker died between the text and the answer."""
    decide_batch(now=DUE)
    [claimed] = claim(now=DUE)
    assert mark(claimed)
    Message.objects.update(lease_until=LONG_AGO)
    reap(now=DUE)
    return Message.objects.get(state="unknown")


def test_it_arrived(doubt: Message, transport: SmtpTransport, sink: SmtpSink) -> None:
    it_arrived(message_id=doubt.pk, by="Olga Operator", now=LATER)
    assert outcome(doubt) == ("accepted", ["unknown", "arrived"])
    last = doubt.attempts.order_by("-pk")[0]
    assert (last.response, last.at) == ("Olga Operator", LATER)
    pump_all(now=LATER, transport=transport)
    assert sink.received == []


def test_it_did_not_and_is_sent_again_under_the_same_id(
    doubt: Message, transport: SmtpTransport, sink: SmtpSink
) -> None:
    send_again(message_id=doubt.pk, by="Olga Operator", now=LATER)
    pump_all(now=LATER, transport=transport)
    assert outcome(doubt) == ("accepted", ["unknown", "again", "accepted"])
    assert len(sink.received) == 1


def test_sent_again_only_if_it_is_still_wanted(
    doubt: Message, progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    walking.complete(progress=progress, by=None, now=LATER)
    send_again(message_id=doubt.pk, by="Olga Operator", now=LATER)
    pump_all(now=LATER, transport=transport)
    assert sink.received == []
    assert outcome(doubt)[0] == "cancelled"


def test_only_once(doubt: Message) -> None:
    it_arrived(message_id=doubt.pk, by="Olga", now=LATER)
    for answer in (it_arrived, send_again):
        with pytest.raises(NotUnknown):
            answer(message_id=doubt.pk, by="Otto", now=LATER)
    assert outcome(doubt) == ("accepted", ["unknown", "arrived"])


def test_what_held_a_secret_cannot_go_again(db: None) -> None:
    message = account_mail("hanna@hafen.example", state="unknown", finished_at=NOW, text="")
    with pytest.raises(TextGone):
        send_again(message_id=message.pk, by="Olga", now=NOW)
    it_arrived(message_id=message.pk, by="Olga", now=NOW)
    assert outcome(message) == ("accepted", ["arrived"])


def test_after_two_weeks_nobody_is_asked(db: None) -> None:
    account_mail("a@hafen.example", state="unknown", finished_at=NOW - timedelta(days=15))
    fresh = account_mail("b@hafen.example", state="unknown", finished_at=NOW - timedelta(days=13))
    assert list(unresolved(now=NOW)) == [fresh]
