"""One partner's page: what happened, what will be sent, and what to do now."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from followups.models import FollowUp, Message, Standing
from partners.accepting import accept
from partners.models import Activity, AuditEntry, Member, Partner, Vendor
from playbooks.models import Enrollment
from playbooks.walking import get_stuck
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor, make_version
from tests.followups import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(vendor: Vendor, me: Member) -> Partner:
    partner = make_partner(
        vendor, company="Fjord IT", manager=me, time_zone="America/New_York", contact={"name": "Anna Berg"}
    )
    make_enrollment(partner, version=make_version(vendor))
    return partner


def address(partner: Partner, action: str = "") -> str:
    return f"/v/house/partners/{partner.pk}/{action}"


def test_what_happened_and_what_will_be_sent_in_the_partners_time(desk: Client, partner: Partner) -> None:
    progress = world.first_step(partner)
    contact = partner.contacts.get()
    FollowUp.objects.filter(partner=partner).delete()
    FollowUp.objects.create(
        vendor=partner.vendor,
        partner=partner,
        enrollment=progress.enrollment,
        progress=progress,
        kind="remind-24h",
        contact=contact,
        anchor_at=NOW,
        offset=timedelta(hours=24),
        time_zone="America/New_York",
        policy_version=1,
        due_at=NOW + timedelta(hours=29),
    )
    Message.objects.create(
        vendor=partner.vendor,
        key="one",
        kind="reminder",
        contact=contact,
        to_address=contact.email,
        state="accepted",
        not_before=NOW,
        created_at=NOW,
        finished_at=NOW,
        subject="Ten minutes for the first step",
    )
    page = desk.get(address(partner)).content.decode()
    assert "Reminder of “Do the first thing”" in page
    assert "To Anna Berg, 24 hours after the step opened, unless it is done by then." in page
    assert "09:00" in page  # 14:00 UTC in New York
    assert "by the clock of New York." in page
    assert "Mail sent: Ten minutes for the first step" in page
    assert "The playbook began" in page


def test_the_timeline_pages_through_both_sources_without_loss(desk: Client, partner: Partner) -> None:
    contact = partner.contacts.get()
    Activity.objects.all().delete()
    for number in range(50):
        at = NOW + timedelta(minutes=number // 4)  # several at one instant
        Activity.objects.create(vendor=partner.vendor, partner=partner, at=at, side="partner", kind="opened")
        Message.objects.create(
            vendor=partner.vendor,
            key=f"m{number}",
            kind="reminder",
            contact=contact,
            to_address=contact.email,
            state="accepted",
            not_before=NOW,
            created_at=NOW,
            finished_at=at,
        )
    seen, after = [], ""
    while True:
        timeline = desk.get(address(partner), {"after": after}).context["timeline"]
        seen += [(entry.at, entry.source, entry.pk) for entry in timeline.entries]
        if not timeline.older:
            break
        after = timeline.older
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 100


def test_talking_is_written_down(desk: Client, partner: Partner, me: Member) -> None:
    response = desk.post(address(partner, "contacted/"), {"outcome": "not_reached", "note": "Voice mail"})
    assert response.status_code == 302
    activity = Activity.objects.get(kind="contacted")
    assert (activity.side, activity.actor, activity.note) == ("vendor", me.user, "Voice mail")
    assert activity.data == {"outcome": "not_reached", "back_at": "2026-03-04 08:00:00"}
    assert AuditEntry.objects.filter(action="partner.contacted", by=me.user).count() == 1
    assert Standing.objects.get(pk=partner.pk).rests_until == datetime(2026, 3, 4, 8, tzinfo=UTC)  # 09:00 in Berlin
    assert "Tried to reach the partner" in desk.get(address(partner)).content.decode()


def test_talking_without_an_outcome_says_what_is_missing(desk: Client, partner: Partner) -> None:
    response = desk.post(address(partner, "contacted/"), {"note": "x"})
    assert response.status_code == 422
    assert not Activity.objects.filter(kind="contacted").exists()


def test_an_answer_gives_the_turn_back_once(desk: Client, partner: Partner) -> None:
    progress = world.first_step(partner)
    get_stuck(progress=progress, reason="No licence key", by=None, now=NOW)
    assert "No licence key" in desk.get(address(partner)).content.decode()
    for _ in range(2):
        sent = {"progress": progress.pk, "answer": "It is in your mail now."}
        assert desk.post(address(partner, "help/"), sent).status_code == 302
    assert Activity.objects.filter(kind="helped").count() == 1
    assert Standing.objects.get(pk=partner.pk).turn == "partner"


def test_an_empty_answer_is_asked_for(desk: Client, partner: Partner) -> None:
    progress = world.first_step(partner)
    get_stuck(progress=progress, reason="No licence key", by=None, now=NOW)
    assert desk.post(address(partner, "help/"), {"progress": progress.pk, "answer": " "}).status_code == 422


def test_accept_and_start(desk: Client, vendor: Vendor, me: Member, partner: Partner) -> None:
    signed = world.partner(me, "Signed Ltd", now=NOW)
    assert "Accept and start" in desk.get(address(signed)).content.decode()
    for _ in range(2):
        assert desk.post(address(signed, "accept/"), {"playbook": ""}).status_code == 302
    signed.refresh_from_db()
    assert (signed.state, signed.accepted_by) == ("accepted", me.user)
    assert signed.enrollments.count() == 1


def test_the_only_playbook_starts_even_if_nobody_made_it_the_default(desk: Client, vendor: Vendor, me: Member) -> None:
    make_version(vendor, slug="only", default=False)
    signed = world.partner(me, "Signed Ltd", now=NOW)
    form = desk.get(address(signed)).context["accept_form"]
    assert form["playbook"].value() == "only"
    desk.post(address(signed, "accept/"), {"playbook": form["playbook"].value()})
    assert signed.enrollments.get().playbook.slug == "only"


def test_without_a_playbook_the_page_says_that_nothing_would_start(desk: Client, me: Member) -> None:
    signed = world.partner(me, "Signed Ltd", now=NOW)
    assert "You have no published playbook yet" in desk.get(address(signed)).content.decode()


@pytest.mark.parametrize("action", ["contacted/", "help/", "accept/"])
def test_who_may_not(vendor: Vendor, partner: Partner, desk: Client, action: str) -> None:
    viewer, outsider = Client(), Client()
    viewer.force_login(make_member(vendor, role="viewer").user)
    outsider.force_login(make_user())
    foreign = make_partner(make_vendor("other"))
    assert viewer.post(address(partner, action)).status_code == 403
    assert outsider.post(address(partner, action)).status_code == 404
    assert desk.post(address(foreign, action), {"outcome": "reached"}).status_code == 404
    assert desk.get(address(partner, action)).status_code == 405


def test_a_viewer_reads_without_buttons(vendor: Vendor, partner: Partner) -> None:
    viewer = Client()
    viewer.force_login(make_member(vendor, role="viewer").user)
    page = viewer.get(address(partner)).content.decode()
    assert "Fjord IT" in page
    assert "I talked to them" not in page


def test_anothers_step_cannot_be_answered(desk: Client, partner: Partner) -> None:
    foreign = make_partner(make_vendor("other"))
    make_enrollment(foreign)
    progress = world.first_step(foreign)
    get_stuck(progress=progress, reason="No", by=None, now=NOW)
    assert desk.post(address(partner, "help/"), {"progress": progress.pk, "answer": "x"}).status_code == 404


def test_queries_are_few_and_constant(
    desk: Client, partner: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(16) as few:  # one into the archive, one for why nothing was planned
        desk.get(address(partner))
    for number in range(20):
        world.acts(partner, now=NOW + timedelta(minutes=number))
    with django_assert_max_num_queries(len(few)):
        desk.get(address(partner))


def test_accepting_says_what_really_begins(desk: Client, vendor: Vendor, me: Member) -> None:
    early, later = (
        world.refreshed(make_partner(vendor, company=company, manager=me, state="signed"), now=NOW)
        for company in ("Early IT", "Later IT")
    )
    page = desk.get(address(early)).content.decode()
    assert "Publish a playbook, then say yes" in page
    assert "Accept and start" not in page
    told = desk.post(address(early, "accept/"), follow=True).content.decode()
    assert "Early IT is accepted. Nothing begins and nothing is sent yet: no playbook is published." in told
    assert "48 hours begin now" not in told
    assert '<a class="btn btn-primary" href="/v/house/playbooks/">Choose a playbook</a>' in told
    version = make_version(vendor, default=False)
    told = desk.post(address(early, "accept/"), follow=True).content.decode()  # accepted already
    assert "Early IT is accepted, and no playbook is running." in told
    told = desk.post(address(later, "accept/"), {"playbook": version.playbook.slug}, follow=True).content.decode()
    assert "Later IT is in. The first 48 hours begin now." in told


def test_a_partner_accepted_while_there_was_no_playbook_can_still_be_started(
    desk: Client, vendor: Vendor, me: Member
) -> None:
    early = make_partner(vendor, company="Harbour IT", manager=me, contact={"name": "Bo Lund"}, state="signed")
    accept(partner=early, by=me.user, now=NOW)
    page = desk.get(address(early)).content.decode()
    assert "No playbook is running" in page
    assert "until you publish a playbook" in page
    desk.post(address(early, "start/"), {"playbook": ""})
    assert not Enrollment.objects.filter(partner=early).exists()
    version = make_version(vendor)
    for _press in range(2):
        desk.post(address(early, "start/"), {"playbook": version.playbook.slug})
    assert Enrollment.objects.get(partner=early).version == version
    assert "No playbook is running" not in desk.get(address(early)).content.decode()


def test_a_partner_that_is_only_signed_is_accepted_first(desk: Client, vendor: Vendor, me: Member) -> None:
    signed = make_partner(vendor, company="Harbour IT", manager=me, state="signed")
    version = make_version(vendor)
    desk.post(address(signed, "start/"), {"playbook": version.playbook.slug})
    assert not Enrollment.objects.filter(partner=signed).exists()


def test_a_number_that_no_partner_can_have_is_not_found(desk: Client) -> None:
    assert desk.get("/v/house/partners/99999999999999999999999/").status_code == 404
