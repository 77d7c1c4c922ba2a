"""The remorse check: planned at the start, one question in the day's mail, called off by its answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from followups.calls.contacting import log_contact
from followups.engine.asking import answered_among
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message, Task
from partners.configuring import change_vendor
from partners.models import Vendor
from playbooks import confidence, walking
from playbooks.links import make_step_link
from playbooks.models import Enrollment
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_version
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
ASK: dict[str, Any] = {"answer": "confident", "reason": "", "contact": None, "by": None}


@pytest.fixture
def vendor(vendor: Vendor) -> Vendor:
    vendor.asks_confidence = True
    vendor.save()
    return vendor


def question(**where: object) -> FollowUp:
    return FollowUp.objects.get(kind="confidence", **where)


def text_of(sink: SmtpSink, number: int = -1) -> str:
    text = sink.mails[number].get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def test_it_is_planned_a_day_after_the_start_in_working_hours(enrollment: Enrollment) -> None:
    assert (question().due_at, question().contact) == (NOW + DAY, enrollment.partner.contacts.get())
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    other = make_enrollment(make_partner(enrollment.vendor), version=enrollment.version, now=friday)
    assert question(enrollment=other).due_at == datetime(2026, 3, 9, 8, tzinfo=UTC)  # Monday at nine


def test_it_is_asked_once_of_a_partner_and_where_the_vendor_asks(enrollment: Enrollment, vendor: Vendor) -> None:
    make_enrollment(enrollment.partner, version=make_version(vendor, slug="other", default=False))
    assert FollowUp.objects.filter(kind="confidence").count() == 1
    Vendor.objects.update(asks_confidence=False)
    make_enrollment(make_partner(enrollment.vendor), version=enrollment.version)
    assert FollowUp.objects.filter(kind="confidence").count() == 1


def test_it_joins_the_reminder_of_the_day(enrollment: Enrollment, sink: SmtpSink, transport: SmtpTransport) -> None:
    pump_all(now=NOW + DAY, transport=transport)
    [mail] = sink.mails
    assert mail["Subject"] == "Your next step: Do the first thing"
    assert "One question: does the decision still feel right?" in text_of(sink)
    assert "/sure/?answer=doubts#doubts" in text_of(sink)
    assert {question().state, FollowUp.objects.get(kind="remind-24h").state} == {"decided"}


def test_alone_it_is_a_mail_of_its_own(enrollment: Enrollment, sink: SmtpSink, transport: SmtpTransport) -> None:
    walking.complete(progress=enrollment.progress.get(position=0), by=None, now=NOW + timedelta(hours=20))
    pump_all(now=NOW + DAY, transport=transport)
    [mail] = sink.mails
    assert mail["Subject"] == "How sure are you about Nordlicht Backup?"
    assert "I am confident: http" in text_of(sink)
    html = mail.get_body(("html",))
    assert html is not None
    assert "/sure/?answer=doubts#doubts" in html.get_content()


@pytest.mark.parametrize("way", ["answered", "switched off", "stopped"])
def test_what_was_answered_or_is_not_wanted_is_not_asked(
    way: str, enrollment: Enrollment, vendor: Vendor, sink: SmtpSink, transport: SmtpTransport
) -> None:
    walking.complete(progress=enrollment.progress.get(position=0), by=None, now=NOW + timedelta(hours=20))
    if way == "answered":
        confidence.tell(enrollment=enrollment, now=NOW, **ASK)
    elif way == "switched off":
        change_vendor(vendor=vendor, changes={"asks_confidence": False}, by=make_user(), now=NOW)
    else:
        Enrollment.objects.update(state="stopped", ended_at=NOW)
    pump_all(now=NOW + DAY, transport=transport)
    assert sink.mails == []
    reasons = {"answered": "answered", "switched off": "touch_removed", "stopped": "enrollment_ended"}
    assert (question().state, question().reason) == ("cancelled", reasons[way])


def test_answered_between_claim_and_data_it_is_not_sent(
    interrupted: Interrupt, enrollment: Enrollment, sink: SmtpSink
) -> None:
    walking.complete(progress=enrollment.progress.get(position=0), by=None, now=NOW + timedelta(hours=20))
    pump_all(now=NOW + DAY, transport=interrupted(lambda: confidence.tell(enrollment=enrollment, now=NOW + DAY, **ASK)))
    assert sink.mails == []
    assert question().reason == "answered"
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"cancelled"}


def test_without_a_question_nothing_is_read_for_it(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert answered_among([FollowUp(kind="remind-24h", enrollment_id=1)]) == frozenset()


def test_a_doubt_leads_to_a_call_that_a_talk_ends(enrollment: Enrollment) -> None:
    contact = enrollment.partner.contacts.get()
    said: dict[str, Any] = {"answer": "doubts", "reason": "Too dear", "contact": contact, "by": None}
    confidence.tell(enrollment=enrollment, now=NOW, **said)
    task = Task.objects.get(kind="doubt")
    assert (task.contact, task.ended_at, task.texts["de"]["body"]) == (contact, None, "Too dear")
    log_contact(partner=enrollment.partner, outcome="not_reached", note="", by=make_user(), now=NOW)
    task.refresh_from_db()
    assert (task.ended_at, task.not_before) == (None, NOW + DAY)
    log_contact(partner=enrollment.partner, outcome="reached", note="", by=make_user(), now=NOW + DAY)
    task.refresh_from_db()
    assert task.ending == "done"


@pytest.mark.parametrize(
    "said_at", [NOW, datetime(2026, 3, 7, 23, 30, tzinfo=UTC)], ids=["at work", "a Saturday night"]
)
def test_a_doubt_reaches_the_named_person_within_a_minute_with_the_reason(
    enrollment: Enrollment,
    sink: SmtpSink,
    transport: SmtpTransport,
    client: Client,
    clock: Clock,
    settings: Settings,
    said_at: datetime,
) -> None:
    """From the page that a mail's link opens, through the outbox and the engine, to the mail server."""
    settings.EMAIL_BACKEND = "followups.engine.outbox.OutboxBackend"
    contact, manager = enrollment.partner.contacts.get(), enrollment.partner.manager.user
    link = make_step_link(contact=contact, progress=enrollment.progress.get(position=0), now=NOW)
    clock.set(said_at)
    client.post(f"{urlsplit(link).path}sure/", {"answer": "doubts", "reason": "My brother-in-law is against it"})
    Message.objects.exclude(to_address=manager.email).delete()  # the partner's own
    pump_all(now=said_at + timedelta(seconds=59), transport=transport)
    [mail] = sink.mails
    assert mail["To"] == manager.email
    assert "has doubts" in mail["Subject"]
    assert "My brother-in-law is against it" in text_of(sink)
