"""What is about a step for a role goes to whoever has that role at the partner, when it is sent."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.engine.answering import reader_of
from followups.engine.claiming import claim
from followups.engine.deciding import decide_batch
from followups.engine.lastcheck import check_and_mark
from followups.engine.loading import load
from followups.engine.planning import plan
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message, Touch
from followups.preferring import choose
from followups.unsubscribing import Mailbox
from partners.joining import join, leave
from partners.models import Contact, Partner, Vendor
from partners.signals import policy_changed
from playbooks import putting_off, upgrading, walking
from playbooks.models import Enrollment, Progress, Step
from playbooks.publishing import publish, start_draft
from tests.clock import Clock
from tests.factories import NOW, make_contact, make_enrollment, make_partner, make_version
from tests.followups.engine.conftest import Interrupt, pump_all
from tests.followups.engine.mails import DUE
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
HANNA, ANNA, BEN = "hanna@hafen.example", "anna@hafen.example", "ben@hafen.example"


@pytest.fixture
def anna(partner: Partner) -> Contact:
    return make_contact(partner, role="sales", email=ANNA, name="Anna Berg")


@pytest.fixture
def enrollment(partner: Partner, anna: Contact) -> Enrollment:
    steps: list[str | dict[str, str]] = [{"key": "call", "role": "sales"}, "then"]
    return make_enrollment(partner, version=make_version(partner.vendor, steps=steps))


@pytest.fixture
def progress(enrollment: Enrollment) -> Progress:
    return enrollment.progress.get(position=0)


def readers(**where: object) -> list[str]:
    rows = FollowUp.objects.filter(**where).exclude(kind="welcome").order_by("due_at", "pk")
    return [row.contact.email for row in rows.select_related("contact") if row.contact]


def test_reminders_are_planned_for_whoever_has_the_role(progress: Progress) -> None:
    assert readers(progress=progress) == [ANNA, ANNA]


def test_of_several_the_primary_contact_gets_them_else_who_came_first(partner: Partner, anna: Contact) -> None:
    version = make_version(partner.vendor, steps=[{"key": "call", "role": "sales"}])
    make_contact(partner, role="sales", email=BEN)
    assert set(readers(enrollment=make_enrollment(partner, version=version))) == {ANNA}
    partner.contacts.filter(is_primary=True).update(role="sales")
    version = make_version(partner.vendor, slug="other", steps=[{"key": "call", "role": "sales"}], default=False)
    assert set(readers(enrollment=make_enrollment(partner, version=version))) == {HANNA}


def test_where_nobody_has_it_the_primary_contact_gets_them(partner: Partner) -> None:
    version = make_version(partner.vendor, steps=[{"key": "pay", "role": "finance"}])
    assert set(readers(enrollment=make_enrollment(partner, version=version))) == {HANNA}


def test_a_step_for_anyone_stays_with_the_primary_contact(progress: Progress) -> None:
    walking.complete(progress=progress, by=None, now=NOW)
    assert set(readers(enrollment=progress.enrollment, state="scheduled")) == {HANNA}


def test_a_touch_that_names_a_role_itself_keeps_it(partner: Partner, anna: Contact, vendor: Vendor) -> None:
    Touch.objects.filter(cadence__vendor=vendor, kind="remind-48h").update(role="technical")
    make_contact(partner, role="technical", email=BEN)
    version = make_version(vendor, steps=[{"key": "call", "role": "sales"}])
    assert readers(enrollment=make_enrollment(partner, version=version)) == [ANNA, BEN]


@pytest.mark.parametrize("change", [{"left_at": NOW}, {"role": "technical"}])
def test_who_left_or_does_something_else_is_followed_by_who_has_the_role(
    progress: Progress, partner: Partner, sink: SmtpSink, transport: SmtpTransport, anna: Contact, change: object
) -> None:
    assert isinstance(change, dict)
    make_contact(partner, role="sales", email=BEN)
    Contact.objects.filter(pk=anna.pk).update(**change)
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == [BEN]


def test_with_nobody_left_in_the_role_the_primary_contact_gets_it(
    progress: Progress, sink: SmtpSink, transport: SmtpTransport, anna: Contact
) -> None:
    Contact.objects.filter(pk=anna.pk).update(left_at=NOW)
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == [HANNA]


def test_who_comes_later_gets_what_was_planned_for_the_primary_contact_at_their_own_hour(
    partner: Partner, sink: SmtpSink, transport: SmtpTransport
) -> None:
    version = make_version(partner.vendor, steps=[{"key": "call", "role": "sales"}])
    step = make_enrollment(partner, version=version).progress.get()
    assert set(readers(progress=step)) == {HANNA}
    make_contact(partner, role="sales", email=ANNA, time_zone="America/New_York")
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == []
    row = FollowUp.objects.get(progress=step, kind="remind-24h")
    assert row.contact is not None
    assert (row.state, row.contact.email, row.time_zone) == ("scheduled", ANNA, "America/New_York")
    pump_all(now=row.due_at, transport=transport)
    assert sink.recipients == [ANNA]


def test_a_role_that_passes_on_while_the_mail_waits_takes_the_mail_with_it(
    interrupted: Interrupt, progress: Progress, partner: Partner, sink: SmtpSink
) -> None:
    make_contact(partner, role="technical", email=BEN)

    pump_all(now=DUE, transport=interrupted(lambda: swap_sales_and_technical(partner)))
    assert [address for address, _mail in sink.received] == [BEN]


def swap_sales_and_technical(partner: Partner) -> None:
    partner.contacts.filter(email=ANNA).update(role="technical")
    partner.contacts.filter(email=BEN).update(role="sales")


@pytest.mark.parametrize("role", ["", "finance"])
def test_a_role_that_only_the_touch_names_passes_on_while_the_mail_waits(
    interrupted: Interrupt, partner: Partner, anna: Contact, vendor: Vendor, sink: SmtpSink, role: str
) -> None:
    Touch.objects.filter(cadence__vendor=vendor).update(role="sales")
    make_contact(partner, role="technical", email=BEN)
    make_enrollment(partner, version=make_version(vendor, steps=[{"key": "call", "role": role}]))
    pump_all(now=DUE, transport=interrupted(lambda: swap_sales_and_technical(partner)))
    assert [address for address, _mail in sink.received] == [BEN]


def test_no_cadence_is_read_while_steps_are_locked(
    partner: Partner, anna: Contact, vendor: Vendor, sink: SmtpSink, transport: SmtpTransport
) -> None:
    Touch.objects.filter(cadence__vendor=vendor).update(role="sales")
    make_enrollment(partner)
    decide_batch(now=DUE)
    with CaptureQueriesContext(connection) as captured:
        pump_all(now=DUE, transport=transport)
    said = [query["sql"] for query in captured]
    [locked] = [at for at, sql in enumerate(said) if "step.role" in sql]
    read = [at for at, sql in enumerate(said) if "followups_touch" in sql]
    assert sink.recipients == [ANNA]
    assert read
    assert max(read) < locked


def test_a_step_that_is_for_nobody_in_particular_any_more_is_the_primary_contacts(
    progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    Step.objects.filter(pk=progress.step_id).update(role="")
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == [HANNA]


def test_a_role_that_is_taken_from_the_step_while_the_mail_waits_takes_it_to_the_primary_contact(
    interrupted: Interrupt, progress: Progress, sink: SmtpSink
) -> None:
    def take() -> None:
        Step.objects.filter(pk=progress.step_id).update(role="")

    pump_all(now=DUE, transport=interrupted(take))
    assert [address for address, _mail in sink.received] == [HANNA]


def test_what_waits_for_the_primary_contact_goes_to_who_is_it_now(
    interrupted: Interrupt, partner: Partner, anna: Contact, sink: SmtpSink
) -> None:
    make_enrollment(partner)

    def swap() -> None:
        partner.contacts.filter(email=HANNA).update(is_primary=False)
        partner.contacts.filter(email=ANNA).update(is_primary=True)

    pump_all(now=DUE, transport=interrupted(swap))
    assert [address for address, _mail in sink.received] == [ANNA]


def test_a_mail_to_the_role_that_a_touch_names_is_not_taken_away(
    partner: Partner, anna: Contact, vendor: Vendor, sink: SmtpSink, transport: SmtpTransport
) -> None:
    Touch.objects.filter(cadence__vendor=vendor).update(role="technical")
    make_contact(partner, role="technical", email=BEN)
    make_enrollment(partner, version=make_version(vendor, steps=[{"key": "call", "role": "sales"}]))
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == [BEN]


def test_the_mail_says_why_it_comes_to_them_and_leads_to_the_step_without_a_login(
    progress: Progress, sink: SmtpSink, transport: SmtpTransport, anna: Contact, client: Client, clock: Clock
) -> None:
    pump_all(now=DUE, transport=transport)
    text = sink.mails[0].get_body(("plain",))
    assert text is not None
    content = text.get_content()
    assert "This is for somebody in sales." in content
    found = re.search(r"/l/[^/\s]+/", content)
    assert found is not None
    assert anna.user is None
    clock.set(DUE)
    page = client.get(found[0])
    assert page.status_code == 200
    assert "For you (Sales)" in page.content.decode()
    client.post(f"{found[0]}done/")
    progress.refresh_from_db()
    assert progress.state == "done"


def test_two_steps_of_one_person_are_one_mail_a_day(
    progress: Progress, partner: Partner, sink: SmtpSink, transport: SmtpTransport
) -> None:
    other = make_version(partner.vendor, slug="other", steps=[{"key": "b", "role": "sales"}], default=False)
    make_enrollment(partner, version=other)
    pump_all(now=DUE, transport=transport)
    assert sink.recipients == [ANNA]
    assert "2 steps are waiting for you" in str(sink.mails[0]["Subject"])


def test_putting_it_off_brings_the_reminder_to_who_does_it(progress: Progress, anna: Contact) -> None:
    FollowUp.objects.scheduled().filter(progress=progress).update(state="cancelled", reason="snoozed", finished_at=NOW)
    putting_off.remind_later(progress=progress, until=NOW + 2 * DAY, by=None, now=NOW)
    assert FollowUp.objects.get(kind="asked-for").contact == anna


def test_who_puts_it_off_is_reminded_and_who_does_it_no_more_often_than_they_want(
    progress: Progress, partner: Partner, vendor: Vendor, sink: SmtpSink, transport: SmtpTransport
) -> None:
    choose(mailbox=Mailbox(vendor, ANNA), amounts={"partner": "fewer"}, now=NOW)
    pump_all(now=DUE, transport=transport)
    ben = make_contact(partner, email=BEN, role="sales")
    until = DUE + DAY + timedelta(hours=1)
    putting_off.remind_later(progress=progress, until=until, by=None, contact=ben, now=DUE)
    pump_all(now=until, transport=transport)
    assert sink.recipients == [ANNA, BEN]
    second = FollowUp.objects.get(progress=progress, kind="remind-48h")
    assert (second.state, second.held) == ("scheduled", "fewer_wanted")


def test_who_puts_it_off_twice_is_reminded_once(
    progress: Progress, partner: Partner, sink: SmtpSink, transport: SmtpTransport
) -> None:
    ben = make_contact(partner, email=BEN, role="sales")
    FollowUp.objects.scheduled().filter(progress=progress).update(state="cancelled", reason="snoozed", finished_at=NOW)
    for days in (2, 3):
        putting_off.remind_later(progress=progress, until=NOW + days * DAY, by=None, contact=ben, now=NOW)
    pump_all(now=NOW + 3 * DAY, transport=transport)
    assert sink.recipients == [BEN]


def test_the_answer_goes_to_who_asked_else_to_who_does_it(progress: Progress, partner: Partner, anna: Contact) -> None:
    hanna = partner.contacts.get(is_primary=True)
    walking.get_stuck(progress=progress, reason="No number.", by=None, now=NOW)
    assert reader_of(progress) == anna
    walking.get_stuck(progress=progress, reason="No number at all.", by=None, contact=hanna, now=NOW)
    assert reader_of(progress) == hanna


def test_planning_deciding_and_the_last_check_cost_the_same_for_one_partner_and_for_many(vendor: Vendor) -> None:
    Touch.objects.filter(cadence__vendor=vendor, kind="remind-48h").update(role="technical")
    version = make_version(vendor, slug="roles", steps=[{"key": "call", "role": "sales"}], default=False)
    counts = []
    for partners in (1, 5):
        for _ in range(partners):
            partner = make_partner(vendor)
            make_contact(partner, role="sales")
            make_enrollment(partner, version=version)
        walks = Enrollment.objects.order_by("-pk")[:partners].values("pk")
        open_steps = Progress.objects.in_play().filter(enrollment__in=list(walks.values_list("pk", flat=True)))
        steps = list(open_steps.select_related("step", "enrollment__partner__vendor", "enrollment__partner__sponsor"))
        FollowUp.objects.filter(progress__in=steps).delete()
        with CaptureQueriesContext(connection) as planned:
            plan(steps=steps, now=NOW)
        FollowUp.objects.exclude(progress__in=steps).delete()
        with CaptureQueriesContext(connection) as decided:
            assert decide_batch(now=NOW + DAY) == partners
        drafts = list(load(claim(now=NOW + DAY, limit=25)).values())
        with CaptureQueriesContext(connection) as checked:
            assert len(check_and_mark(drafts, now=NOW + DAY)) == partners
        counts.append((len(planned), len(decided), len(checked)))
        Message.objects.update(state="accepted", lease_until=None, finished_at=NOW + DAY)
        FollowUp.objects.scheduled().update(state="cancelled", reason="snoozed", finished_at=NOW)
    assert counts[0] == counts[1]


def test_somebody_who_joins_has_what_was_planned_from_that_moment(partner: Partner) -> None:
    version = make_version(partner.vendor, steps=[{"key": "call", "role": "sales"}])
    step = make_enrollment(partner, version=version).progress.get()
    by = partner.manager.user
    anna = join(partner=partner, name="Anna", email=ANNA, phone="", role="sales", by=by, now=NOW)
    decide_batch(now=NOW)
    assert readers(progress=step, state="scheduled") == [ANNA, ANNA]
    planned = FollowUp.objects.filter(progress=step).exclude(kind="welcome").order_by("due_at")
    assert [(row.due_at, row.reason) for row in planned] == [
        (NOW + DAY, "handed_on"),
        (NOW + 2 * DAY, "handed_on"),
    ]
    leave(contact=anna, by=by, now=NOW + timedelta(hours=1))
    decide_batch(now=NOW + timedelta(hours=1))
    assert readers(progress=step, state="scheduled") == [HANNA, HANNA]


def test_what_is_for_nobody_else_stays_as_it_is_planned_when_somebody_joins(partner: Partner, anna: Contact) -> None:
    step = make_enrollment(partner).progress.get(position=0)
    before = list(FollowUp.objects.filter(progress=step).order_by("pk").values())
    join(partner=partner, name="Ben", email=BEN, phone="", role="technical", by=partner.manager.user, now=NOW)
    decide_batch(now=NOW)
    assert list(FollowUp.objects.filter(progress=step).order_by("pk").values()) == before


def test_rules_that_change_are_the_reason_though_somebody_had_joined_before(partner: Partner, vendor: Vendor) -> None:
    version = make_version(vendor, steps=[{"key": "call", "role": "sales"}])
    step = make_enrollment(partner, version=version).progress.get()
    join(partner=partner, name="Anna", email=ANNA, phone="", role="sales", by=partner.manager.user, now=NOW)
    decide_batch(now=NOW)
    policy_changed.send(sender=Vendor, vendor=vendor, now=NOW)
    decide_batch(now=NOW)
    assert {row.reason for row in FollowUp.objects.filter(progress=step).exclude(kind="welcome")} == {"policy_changed"}


@pytest.mark.parametrize(("role", "reader"), [("", HANNA), ("technical", BEN)])
def test_a_version_in_which_the_step_is_for_another_hands_on_what_is_planned(
    progress: Progress, partner: Partner, role: str, reader: str
) -> None:
    make_contact(partner, role="technical", email=BEN)
    draft = start_draft(playbook=progress.enrollment.playbook, by=None, now=NOW)
    draft.steps.filter(key="call").update(role=role)
    newer = publish(version=draft, by=None, now=NOW)
    upgrading.carry_out(
        upgrade=upgrading.ask_for_upgrade(version=newer, choices={"call": "adopt"}, by=None, now=NOW), now=NOW
    )
    decide_batch(now=NOW + timedelta(minutes=1))
    assert readers(progress=progress, state="scheduled") == [reader, reader]
