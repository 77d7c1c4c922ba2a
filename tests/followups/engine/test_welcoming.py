"""Whoever is accepted is welcomed: once, at a waking hour, beside the reminders and not at their cost."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from followups.engine.cadences import WELCOME
from followups.engine.deciding import decide_batch
from followups.engine.transports import SmtpTransport
from followups.engine.welcoming import welcome_accepted
from followups.models import FollowUp, Message, Suppression
from partners.accepting import accept
from partners.applying import accept_application, apply, record_conversation
from partners.models import Contact, Partner, Vendor
from playbooks import walking
from playbooks.models import Enrollment, PlaybookVersion, Progress
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_version
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
SATURDAY = datetime(2026, 3, 7, 13, tzinfo=UTC)  # 14:00 in Berlin
NIGHT = datetime(2026, 3, 3, 22, tzinfo=UTC)  # Tuesday, 23:00 in Berlin


@pytest.fixture
def version(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor)


@pytest.fixture
def signed(vendor: Vendor, version: PlaybookVersion) -> Partner:
    manager = make_member(vendor, user=make_user("mara@nordlicht.example", name="Mara Lindqvist"))
    contact = {"name": "Hanna Hafen"}
    return make_partner(
        vendor, company="Hafen IT", email="hanna@hafen.example", state="signed", manager=manager, contact=contact
    )


def taken(partner: Partner, *, now: datetime = NOW) -> Partner:
    return accept(partner=partner, by=partner.manager.user, now=now)


def the_welcome(partner: Partner) -> FollowUp:
    return FollowUp.objects.get(partner=partner, kind=WELCOME)


def first_step(partner: Partner) -> Progress:
    return Progress.objects.get(enrollment__partner=partner, position=0)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_accepting_plans_it_for_now_in_the_same_transaction(signed: Partner) -> None:
    taken(signed)
    welcome = the_welcome(signed)
    assert (welcome.due_at, welcome.progress, welcome.state) == (NOW, first_step(signed), "scheduled")


def test_an_accepting_that_is_undone_welcomes_nobody(signed: Partner) -> None:
    with transaction.atomic():
        taken(signed)
        transaction.set_rollback(True)
    assert not FollowUp.objects.exists()


def test_it_says_who_we_are_what_for_and_what_first(signed: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    taken(signed)
    pump_all(now=NOW, transport=transport)
    [mail] = sink.mails
    assert mail["Subject"] == "Welcome to Nordlicht Backup: your first step takes 10 minutes"
    for body in (text_of(mail), text_of(mail, "html")):
        assert "Nordlicht Backup has accepted Hafen IT as a partner" in body
        assert "We have laid out the way for you in small steps. A start." in body
        assert "Your first step, 10 minutes" in body
        assert "Do the first thing" in body
        assert "The first thing pays." in body
        assert "Mara Lindqvist at Nordlicht Backup is there for you" in body
        assert "Fewer reminders from Nordlicht Backup, or none" in body
    [button] = re.findall(r'class="m-button" href="([^"]+)"', text_of(mail, "html"))
    assert "/l/" in button
    assert Message.objects.get().kind == "greeting"


def test_it_plays_back_what_they_applied_with(
    vendor: Vendor, version: PlaybookVersion, sink: SmtpSink, transport: SmtpTransport
) -> None:
    leader = make_member(vendor)
    application = apply(
        vendor=vendor,
        company="New & Co",
        contact_name="Nils",
        email="nils@new.example",
        country="DE",
        language="de",
        motivation="Ein Einkommen, das nicht von <Reparaturen> abhängt.",
        now=NOW,
    )
    record_conversation(application=application, interviewer=leader, held_at=NOW, notes="Good.", by=leader, now=NOW)
    accept_application(application=application, by=leader, now=NOW)
    pump_all(now=NOW, transport=transport)
    [mail] = sink.mails
    assert "Was Sie erreichen möchten, wie Sie es uns geschrieben haben:" in text_of(mail)
    assert "„Ein Einkommen, das nicht von <Reparaturen> abhängt.“" in text_of(mail)
    assert "&lt;Reparaturen&gt;" in text_of(mail, "html")


def test_what_they_wrote_as_their_goal_comes_before_that(
    signed: Partner, sink: SmtpSink, transport: SmtpTransport
) -> None:
    taken(signed, now=NIGHT)
    Enrollment.objects.update(goal="Five clients by June")
    pump_all(now=NIGHT + timedelta(hours=9), transport=transport)
    assert "“Five clients by June”" in text_of(sink.mails[0])


def test_at_night_it_waits_for_the_morning(signed: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    taken(signed, now=NIGHT)
    morning = datetime(2026, 3, 4, 7, tzinfo=UTC)  # 8:00 in Berlin, an hour before reminders go out
    assert the_welcome(signed).due_at == morning
    pump_all(now=morning - timedelta(seconds=1), transport=transport)
    assert not sink.mails
    pump_all(now=morning, transport=transport)
    assert len(sink.mails) == 1


def test_on_a_saturday_it_goes_at_once_and_the_reminder_on_monday(
    signed: Partner, sink: SmtpSink, transport: SmtpTransport
) -> None:
    taken(signed, now=SATURDAY)
    pump_all(now=SATURDAY, transport=transport)
    assert len(sink.mails) == 1
    pump_all(now=datetime(2026, 3, 9, 8, tzinfo=UTC), transport=transport)
    assert [mail["Subject"].split(":")[0] for mail in sink.mails] == ["Welcome to Nordlicht Backup", "Your next step"]


def test_where_the_contact_lives(signed: Partner) -> None:
    signed.contacts.update(time_zone="America/Los_Angeles")  # 1:00 at night there
    taken(signed)
    assert the_welcome(signed).due_at == datetime(2026, 3, 3, 16, tzinfo=UTC)


def test_neither_cap_counts_it(signed: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    taken(signed)
    pump_all(now=NOW, transport=transport)
    FollowUp.objects.filter(kind="remind-24h").update(due_at=NOW, offset=timedelta(0))  # on the very same day
    pump_all(now=NOW, transport=transport)
    assert [row.kind for row in Message.objects.order_by("pk")] == ["greeting", "reminder"]
    for days in (1, 2):
        Message.objects.create(
            vendor=signed.vendor,
            key=f"before:{days}",
            kind=Message.Kind.REMINDER,
            to_address="hanna@hafen.example",
            state="accepted",
            not_before=NOW,
            created_at=NOW,
            finished_at=NOW - days * DAY,
        )
    other = make_enrollment(signed, version=make_version(signed.vendor, slug="other", default=False), now=NOW)
    welcome = the_welcome(signed)
    FollowUp.objects.filter(pk=welcome.pk).update(
        state="scheduled", finished_at=None, message=None, reason="", progress=other.progress.get(position=0)
    )
    Message.objects.filter(kind="greeting").delete()
    pump_all(now=NOW, transport=transport)  # three reminders went out this week, one of them today
    assert the_welcome(signed).reason == "sent_alone"


def test_the_reminders_keep_their_hours(signed: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    taken(signed, now=NIGHT)
    for hours in range(75):
        pump_all(now=NIGHT + timedelta(hours=hours), transport=transport)
    sent = FollowUp.objects.filter(state="decided").order_by("offset").values_list("kind", "message__finished_at")
    assert list(sent) == [
        (WELCOME, datetime(2026, 3, 4, 7, tzinfo=UTC)),
        ("remind-24h", datetime(2026, 3, 5, 8, tzinfo=UTC)),
        ("remind-48h", datetime(2026, 3, 6, 8, tzinfo=UTC)),
    ]


def test_a_welcome_that_left_late_gives_the_reminder_its_distance(
    signed: Partner, sink: SmtpSink, transport: SmtpTransport
) -> None:
    taken(signed)
    late = NOW + timedelta(hours=7)  # no server for seven hours; 17:00 in Berlin
    pump_all(now=late, transport=transport)
    decide_batch(now=NOW + DAY)
    reminder = FollowUp.objects.get(kind="remind-24h")
    assert (reminder.state, reminder.reason) == ("scheduled", "first_was_late")
    assert reminder.due_at > late + DAY - timedelta(minutes=1)


def test_who_did_the_first_step_already_needs_none(signed: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    taken(signed, now=NIGHT)
    walking.complete(progress=first_step(signed), by=None, now=NIGHT + timedelta(hours=1))
    assert (the_welcome(signed).state, the_welcome(signed).reason) == ("cancelled", "step_settled")
    pump_all(now=NIGHT + timedelta(hours=10), transport=transport)
    assert not sink.mails


def test_a_step_done_while_the_welcome_is_on_the_line_stops_it(
    signed: Partner, sink: SmtpSink, interrupted: Interrupt
) -> None:
    taken(signed)
    line = interrupted(lambda: walking.complete(progress=first_step(signed), by=None, now=NOW))
    pump_all(now=NOW, transport=line)
    assert not sink.mails
    assert Message.objects.get(kind="greeting").state == "cancelled"


def test_an_address_that_wants_no_mail_gets_none(signed: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    Suppression.objects.create(
        vendor=signed.vendor, address="hanna@hafen.example", reason="unsubscribed", created_at=NOW
    )
    taken(signed)
    pump_all(now=NOW, transport=transport)
    assert not sink.mails
    assert the_welcome(signed).reason == "address_suppressed"


def test_a_new_address_before_it_left_gets_it(signed: Partner, sink: SmtpSink, interrupted: Interrupt) -> None:
    taken(signed)
    new = "hanna@new.example"
    line = interrupted(lambda: Contact.objects.filter(partner=signed).update(email=new))
    pump_all(now=NOW, transport=line)
    assert [to for to, _ in sink.received] == [new]


def test_new_rules_do_not_take_it_away(signed: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    taken(signed)
    Vendor.objects.update(policy_version=7)
    pump_all(now=NOW, transport=transport)
    assert the_welcome(signed).state == "decided"


def test_help_does_not_welcome_again(signed: Partner) -> None:
    taken(signed)
    step = first_step(signed)
    walking.get_stuck(progress=step, reason="No login", by=None, now=NOW)
    walking.help_on(progress=step, answer="Here it is", by=None, now=NOW)
    assert the_welcome(signed).state == "cancelled"


def test_accepting_twice_and_a_second_playbook_welcome_once(signed: Partner) -> None:
    taken(signed)
    taken(signed)
    make_enrollment(signed, version=make_version(signed.vendor, slug="second", default=False))
    welcome_accepted(partner_ids=[signed.pk], now=NOW)
    assert FollowUp.objects.filter(kind=WELCOME).count() == 1


def test_where_the_vendor_goes_first_it_comes_with_their_first_step(vendor: Vendor, signed: Partner) -> None:
    steps = ({"key": "ours", "who": "vendor"}, {"key": "theirs"}, {"key": "next"})
    version = make_version(vendor, slug="ours-first", default=False, steps=steps)
    accept(partner=signed, by=signed.manager.user, now=NOW, playbook=version.playbook.slug)
    assert not FollowUp.objects.exists()
    walking.complete(progress=first_step(signed), by=None, now=NOW + DAY)
    welcome = the_welcome(signed)
    assert (welcome.due_at, welcome.progress and welcome.progress.position) == (NOW + DAY, 1)
    walking.complete(progress=Progress.objects.get(position=1), by=None, now=NOW + DAY)
    assert FollowUp.objects.filter(kind=WELCOME).count() == 1


def test_without_a_playbook_there_is_nothing_to_begin(vendor: Vendor, signed: Partner) -> None:
    signed.vendor.playbooks.update(is_default=False)
    taken(signed)
    assert not FollowUp.objects.exists()


def test_a_thousand_cost_as_many_queries_as_two(vendor: Vendor, version: PlaybookVersion) -> None:
    def queries(count: int) -> int:
        partners = [make_partner(vendor) for _ in range(count)]
        for partner in partners:
            make_enrollment(partner, version=version)
        with CaptureQueriesContext(connection) as seen:
            welcome_accepted(partner_ids=[partner.pk for partner in partners], now=NOW)
        assert FollowUp.objects.filter(kind=WELCOME, partner__in=partners).count() == count
        return len(seen)

    assert queries(2) == queries(12)
