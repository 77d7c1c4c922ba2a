"""Who was stuck gets the answer by mail: at once at a waking hour, once, and beside the reminders."""

from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from followups.engine.cadences import ANSWER
from followups.engine.deciding import decide_batch
from followups.engine.pausing import pause
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message, Suppression, Wish
from partners.models import Contact, Member, Partner, Vendor
from playbooks import handing_over, putting_off, walking
from playbooks.models import Enrollment, Progress, Step
from tests.factories import NOW, make_contact, make_enrollment, make_member, make_partner, make_user
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.playbooks.offers.world import bring, offered, step_of
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NIGHT = datetime(2026, 3, 3, 22, tzinfo=UTC)  # Tuesday, 23:00 in Berlin
MORNING = datetime(2026, 3, 4, 7, tzinfo=UTC)


@pytest.fixture
def mara(vendor: Vendor) -> Member:
    return make_member(vendor, user=make_user("mara@nordlicht.example", name="Mara Lindqvist"))


@pytest.fixture
def progress(vendor: Vendor, mara: Member) -> Progress:
    partner = make_partner(vendor, company="Hafen IT", email="hanna@hafen.example", contact={"name": "Hanna Hafen"})
    return make_enrollment(partner).progress.get(position=0)


def ask(
    progress: Progress, *, now: datetime = NOW + HOUR, contact: Contact | None = None, reason: str = "No key"
) -> None:
    walking.get_stuck(progress=progress, reason=reason, by=None, now=now, contact=contact)


def answered(
    progress: Progress, mara: Member, *, now: datetime = NOW + 2 * HOUR, text: str = "Here it is: K-1."
) -> bool:
    return walking.help_on(progress=progress, answer=text, by=mara.user, now=now)


def the_answer(number: int = 0) -> FollowUp:
    return FollowUp.objects.filter(kind=ANSWER).order_by("pk")[number]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_it_leaves_at_once_with_what_was_said_by_whom_and_the_way_back(
    progress: Progress, mara: Member, sink: SmtpSink, transport: SmtpTransport
) -> None:
    ask(progress)
    answered(progress, mara, text="Here it is: K-1.\n\nSee <https://keys.example>.")
    pump_all(now=NOW + 2 * HOUR, transport=transport)
    [mail] = sink.mails
    assert mail["Subject"] == "Mara Lindqvist answered: Do the first thing"
    assert mail["Reply-To"] == "mara@nordlicht.example"
    for body in (text_of(mail), text_of(mail, "html")):
        assert "You asked for help with “Do the first thing”" in body
        assert "“No key”" in body
        assert "Mara Lindqvist answers:" in body
        assert "Here it is: K-1." in body
        assert "/l/" in body
        assert "because you asked Nordlicht Backup for help with this step" in body
        assert "Fewer reminders from Nordlicht Backup, or none" in body
    assert "&lt;" in text_of(mail, "html")
    assert "<https://keys.example>" in text_of(mail)
    message = Message.objects.get()
    assert (message.kind, message.key) == ("answer", f"fu:{the_answer().pk}:hanna@hafen.example")


def test_it_speaks_their_language(progress: Progress, mara: Member, sink: SmtpSink, transport: SmtpTransport) -> None:
    Contact.objects.update(language="de")
    ask(progress)
    answered(progress, mara)
    pump_all(now=NOW + 2 * HOUR, transport=transport)
    assert sink.mails[0]["Subject"] == "Mara Lindqvist hat geantwortet: Do the first thing"


def test_an_answer_that_is_undone_is_not_mailed(progress: Progress, mara: Member) -> None:
    ask(progress)
    with transaction.atomic():
        answered(progress, mara)
        transaction.set_rollback(True)
    assert not FollowUp.objects.filter(kind=ANSWER).exists()


def test_answered_twice_is_mailed_once_and_each_answer_once(
    progress: Progress, mara: Member, sink: SmtpSink, transport: SmtpTransport
) -> None:
    ask(progress)
    assert answered(progress, mara)
    assert not answered(progress, mara)
    pump_all(now=NOW + 2 * HOUR, transport=transport)
    ask(progress, now=NOW + 3 * HOUR, reason="Still no key")
    answered(progress, mara, now=NOW + 4 * HOUR, text="Now it is there.")
    pump_all(now=NOW + 4 * HOUR, transport=transport)
    first, second = sink.mails
    assert "“No key”" in text_of(first)
    assert ("“Still no key”" in text_of(second), "Now it is there." in text_of(second)) == (True, True)
    assert "K-1" not in text_of(second)
    assert first["Message-ID"] != second["Message-ID"]


def test_it_goes_to_who_asked_and_to_the_primary_contact_once_they_left(progress: Progress, mara: Member) -> None:
    tom = make_contact(progress.enrollment.partner, name="Tom Technik", email="tom@hafen.example")
    ask(progress, contact=tom)
    answered(progress, mara)
    assert the_answer().contact == tom
    ask(progress, now=NOW + 3 * HOUR, contact=tom, reason="Again")
    Contact.objects.filter(pk=tom.pk).update(left_at=NOW)
    answered(progress, mara, now=NOW + 4 * HOUR)
    assert the_answer(1).contact == progress.enrollment.partner.contacts.get(is_primary=True)


def test_nobody_is_woken_by_it(progress: Progress, mara: Member, sink: SmtpSink, transport: SmtpTransport) -> None:
    ask(progress)
    answered(progress, mara, now=NIGHT)
    pump_all(now=NIGHT, transport=transport)
    assert not sink.mails
    assert the_answer().due_at == MORNING
    pump_all(now=MORNING, transport=transport)
    assert len(sink.mails) == 1


def test_no_cap_counts_it_and_the_reminders_keep_their_hours(
    progress: Progress, mara: Member, sink: SmtpSink, transport: SmtpTransport
) -> None:
    reminded = NOW + 24 * HOUR
    pump_all(now=reminded, transport=transport)
    ask(progress, now=reminded + HOUR)
    answered(progress, mara, now=reminded + 2 * HOUR)
    pump_all(now=reminded + 2 * HOUR, transport=transport)
    assert [mail["Subject"] for mail in sink.mails][1] == "Mara Lindqvist answered: Do the first thing"
    again = FollowUp.objects.scheduled().get(kind="remind-24h")
    assert (again.due_at, again.episode) == (reminded + 26 * HOUR, the_answer().episode)
    pump_all(now=again.due_at, transport=transport)
    assert len(sink.mails) == 3


def test_asking_for_later_does_not_hold_the_answer_back(
    progress: Progress, mara: Member, sink: SmtpSink, transport: SmtpTransport
) -> None:
    ask(progress)
    answered(progress, mara, now=NIGHT)
    putting_off.remind_later(progress=progress, until=NIGHT + 72 * HOUR, by=None, now=NIGHT)
    pump_all(now=MORNING, transport=transport)
    assert len(sink.mails) == 1
    assert FollowUp.objects.scheduled().earliest("due_at").due_at >= NIGHT + 72 * HOUR


def test_who_went_on_alone_needs_no_answer(progress: Progress, mara: Member, interrupted: Interrupt) -> None:
    ask(progress)
    answered(progress, mara, now=NIGHT)
    walking.complete(progress=progress, by=None, now=NIGHT + HOUR)
    assert the_answer().reason == "step_settled"
    following = Progress.objects.in_play().get(enrollment=progress.enrollment)
    ask(following, now=NIGHT + HOUR)
    answered(following, mara, now=MORNING)
    at_the_last_moment = interrupted(lambda: walking.complete(progress=following, by=None, now=MORNING))
    pump_all(now=MORNING, transport=at_the_last_moment)
    assert (the_answer(1).reason, Message.objects.latest("pk").state) == ("step_settled", "cancelled")


@pytest.mark.parametrize("about", ["everything", "own steps"])
def test_who_wants_no_mail_gets_none(progress: Progress, vendor: Vendor, mara: Member, about: str) -> None:
    address = {"vendor": vendor, "address": "hanna@hafen.example"}
    if about == "everything":
        Suppression.objects.create(reason="unsubscribed", created_at=NOW, **address)
    else:
        Wish.objects.create(about="partner", amount="none", changed_at=NOW, **address)
    ask(progress)
    answered(progress, mara)
    decide_batch(now=NOW + 2 * HOUR)
    expected = "address_suppressed" if about == "everything" else "not_wanted"
    assert (the_answer().state, the_answer().reason) == ("suppressed", expected)
    assert not Message.objects.exists()


def test_fewer_reminders_are_wanted_but_the_answer_is(
    progress: Progress, vendor: Vendor, mara: Member, sink: SmtpSink, transport: SmtpTransport
) -> None:
    address = {"vendor": vendor, "address": "hanna@hafen.example"}
    Wish.objects.create(about="partner", amount="fewer", changed_at=NOW, **address)
    pump_all(now=NOW + 24 * HOUR, transport=transport)
    ask(progress, now=NOW + 25 * HOUR)
    answered(progress, mara, now=NOW + 26 * HOUR)
    pump_all(now=NOW + 26 * HOUR, transport=transport)
    assert len(sink.mails) == 2


def test_a_pause_holds_it_too(
    progress: Progress, vendor: Vendor, mara: Member, sink: SmtpSink, transport: SmtpTransport
) -> None:
    ask(progress)
    answered(progress, mara)
    decide_batch(now=NOW + 2 * HOUR)
    pause(vendor=vendor, reason="We move", by="Olga", now=NOW + 2 * HOUR)
    pump_all(now=NOW + 2 * HOUR, transport=transport)
    assert not sink.mails
    assert Message.objects.get().state == "ready"


def test_a_batch_of_answers_costs_as_many_queries_as_one(
    vendor: Vendor, mara: Member, transport: SmtpTransport
) -> None:
    from followups.engine import claiming
    from followups.engine.loading import load

    def queries(partners: int) -> int:
        for number in range(partners):
            partner = make_partner(vendor, manager=mara, company=f"Company {number}")
            version = vendor.playbooks.get().versions.get() if vendor.playbooks.exists() else None
            step = make_enrollment(partner, version=version).progress.get(position=0)
            ask(step)
            answered(step, mara, text=f"For number {number}")
        decide_batch(now=NOW + 2 * HOUR)
        claims = claiming.claim(now=NOW + 2 * HOUR)
        assert len(claims) == partners
        with CaptureQueriesContext(connection) as asked:
            drafts = load(claims)
        assert sorted(draft.answer.text for draft in drafts.values() if draft.answer) == sorted(
            f"For number {number}" for number in range(partners)
        )
        return len(asked)

    assert queries(1) == queries(4)


def test_each_partner_is_asked_of_their_own(vendor: Vendor, mara: Member) -> None:
    """Two steps answered in one moment do not get each other's words."""
    steps = []
    for number in range(2):
        partner = make_partner(vendor, manager=mara)
        version = vendor.playbooks.get().versions.get() if vendor.playbooks.exists() else None
        steps.append(make_enrollment(partner, version=version).progress.get(position=0))
        ask(steps[-1])
        answered(steps[-1], mara, text=f"For number {number}")
    assert Enrollment.objects.count() == Partner.objects.count() == 2
    from followups.engine.answering import answers_among

    found = answers_among(list(FollowUp.objects.filter(kind=ANSWER)))
    assert sorted(answer.text for answer in found.values()) == ["For number 0", "For number 1"]


def test_what_was_sent_back_says_what_is_missing_and_asks_nothing(
    progress: Progress, mara: Member, sink: SmtpSink, transport: SmtpTransport
) -> None:
    Step.objects.filter(pk=progress.step_id).update(wants_approval=True)
    progress = Progress.objects.get(pk=progress.pk)
    ask(progress, now=NOW)
    answered(progress, mara, now=NOW)
    walking.complete(progress=progress, by=None, now=NOW + HOUR)
    walking.send_back(progress=progress, missing="The tax is missing.", by=mara.user, now=NOW + 2 * HOUR)
    answers = FollowUp.objects.filter(kind=ANSWER, state="scheduled")
    assert answers.get().anchor_at == NOW + 2 * HOUR
    pump_all(now=NOW + 2 * HOUR, transport=transport)
    (mail,) = sink.mails
    assert mail["Subject"] == "Something is missing: Do the first thing"
    text = text_of(mail)
    for words in ("Thank you for", "Mara Lindqvist writes what is missing:", "The tax is missing.", "/l/"):
        assert words in text
    assert "handed in a step at Nordlicht Backup" in text
    assert "for help" not in text
    assert "No key" not in text


def test_a_later_day_than_agreed_leaves_though_it_is_the_vendors_turn(
    vendor: Vendor, sink: SmtpSink, transport: SmtpTransport
) -> None:
    step = step_of(offered("included", vendor=vendor, email="hanna@hafen.example"))
    bring(step, "ask")
    for day in (date(2026, 3, 5), date(2026, 4, 1)):  # as agreed, and later
        handing_over.schedule(progress=step, ready_on=day, by=None, now=NOW + 2 * HOUR)
    pump_all(now=NOW + 2 * HOUR, transport=transport)
    [mail] = sink.mails
    assert mail["Subject"] == "Later than agreed: Do the first thing"
    assert "5 March 2026 was agreed. Now it will be ready by 1 April 2026." in text_of(mail)
    handing_over.take_back(progress=step, by=None, now=NOW + 3 * HOUR)
    assert step_of(step.enrollment).state == Progress.State.OPEN
