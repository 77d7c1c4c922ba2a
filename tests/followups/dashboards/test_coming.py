"""A partner's page says what will be sent, and where nothing will be: why, and what to do instead."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from followups.cadences.giving import give_own
from followups.dashboards.agenda import agenda
from followups.dashboards.coming import planned
from followups.engine.cadences import make_default_cadence
from followups.engine.pausing import pause
from followups.models import FollowUp, Message, Suppression
from partners.accepting import accept
from partners.models import Contact, Member, Partner, Vendor
from playbooks.calendar.choosing import set_aside
from playbooks.models import Progress
from playbooks.putting_off import remind_later
from playbooks.walking import complete, get_stuck
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.followups import world

pytestmark = pytest.mark.django_db
Page = Callable[[Partner], str]


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("house")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def partner(vendor: Vendor, me: Member) -> Partner:
    anna = {"name": "Anna Berg", "phone": "+47 22 33"}
    partner = make_partner(vendor, company="Fjord IT", manager=me, email="anna@fjord.example", contact=anna)
    make_enrollment(partner, version=make_version(vendor))
    return partner


@pytest.fixture
def page(me: Member) -> Page:
    client = Client()
    client.force_login(me.user)

    def get(partner: Partner) -> str:
        response = client.get(f"/v/house/partners/{partner.pk}/")
        assert response.status_code == 200
        return response.content.decode()

    return get


def stop(reason: str, vendor: Vendor | None, **fields: Any) -> None:
    given = {"address": "anna@fjord.example", "created_at": NOW - timedelta(days=2), **fields}
    Suppression.objects.create(vendor=vendor, reason=reason, **given)


def test_what_is_planned_is_told_without_a_word_about_nothing(page: Page, partner: Partner) -> None:
    shown = page(partner)
    assert shown.count("Reminder of “Do the first thing”") == 2
    assert "Nothing" not in shown
    assert "Next: “Do the first thing”" in shown


def test_what_they_asked_for_themselves_counts_no_hours(page: Page, partner: Partner) -> None:
    FollowUp.objects.filter(partner=partner).update(
        state="cancelled", reason="not_partners_turn", finished_at=NOW, message=None
    )
    remind_later(progress=world.first_step(partner), until=NOW + timedelta(days=1), by=None, now=NOW)
    assert "because they asked to be reminded" in page(partner)
    assert "0 hours" not in page(partner)


def test_what_waits_for_a_time_that_they_set_aside_says_so(page: Page, partner: Partner) -> None:
    step, contact = world.first_step(partner), partner.contacts.get()
    set_aside(progress=step, contact=contact, starts_at=NOW + timedelta(days=2), by=None, now=NOW)
    shown = page(partner)
    assert "Waits for the time that the partner set aside." in shown
    assert "They set this time aside for it: Thu 5 Mar 2026 10:00" in shown
    assert "Set a time aside for “Do the first thing”: Thu 5 Mar 2026 10:00" in shown


def test_what_was_moved_says_why(page: Page, partner: Partner) -> None:
    FollowUp.objects.filter(partner=partner, kind="remind-24h").update(reason="daily_cap")
    assert "One reminder had gone out that day; moved to the next." in page(partner)


def test_over_a_weekend_each_mail_stands_at_the_time_at_which_it_goes(vendor: Vendor, clock: Clock) -> None:
    """Both would fall due on Monday morning; the second keeps its day’s distance from the first."""
    friday = datetime(2026, 3, 6, 9, 17, tzinfo=UTC)  # 10:17 in Berlin
    clock.instant = saturday = friday + timedelta(days=1)
    walker = make_partner(vendor)
    make_enrollment(walker, version=make_version(vendor), now=saturday)
    first, second = FollowUp.objects.filter(partner=walker).order_by("offset")
    FollowUp.objects.filter(pk=first.pk).update(due_at=friday + timedelta(days=3))
    FollowUp.objects.filter(pk=second.pk).update(due_at=friday + timedelta(days=2, hours=22, minutes=43))
    shown = planned(partner=walker, language="en", stops={}, now=saturday)
    assert [(item.at - friday).days for item in shown] == [3, 4]
    assert [item.why[:8] for item in shown] == ["24 hours", "48 hours"]
    assert [item.moved for item in shown] == ["", "Moved, to keep its distance from the mail before it"]
    with override("en"):
        days = agenda(vendor=vendor, language="en", now=saturday).coming.days
    lines = [line for _day, same in days for line in same]
    assert [line.not_before for line in lines] == [shown[1].at, None]
    member = make_member(vendor)
    client = Client()
    client.force_login(member.user)
    assert "Not before Tuesday" in client.get("/v/house/followups/").content.decode()


def test_a_pause_is_told_where_something_is_planned(page: Page, vendor: Vendor, partner: Partner) -> None:
    assert "paused" not in page(partner)
    pause(vendor=vendor, reason="The mail server moves.", by="Olga", now=NOW)
    shown = page(partner)
    assert "Sending has been paused since" in shown
    assert "The mail server moves." in shown


def test_who_is_stuck_waits_for_an_answer(page: Page, partner: Partner) -> None:
    get_stuck(progress=world.first_step(partner), reason="No key", by=None, now=NOW)
    shown = page(partner)
    assert "Your answer gives the turn back, and reminders begin anew." in shown
    assert '<a href="#help">Help Anna Berg on</a>' in shown


def test_a_step_of_the_vendor_reminds_nobody(page: Page, vendor: Vendor, me: Member) -> None:
    version = make_version(vendor, slug="ours", default=False, steps=[{"key": "first", "who": "vendor"}])
    partner = make_partner(vendor, manager=me)
    make_enrollment(partner, version=version)
    assert "because this step is yours" in page(partner)


def test_a_step_of_the_sponsor_leads_to_the_sponsor(page: Page, vendor: Vendor, me: Member, partner: Partner) -> None:
    version = make_version(vendor, slug="theirs", default=False, steps=[{"key": "first", "who": "sponsor"}])
    brought = make_partner(vendor, manager=me, sponsor=partner)
    make_enrollment(brought, version=version)
    shown = page(brought)
    assert "the turn of their sponsor, Fjord IT" in shown
    assert f'<a href="/v/house/partners/{partner.pk}/">To Fjord IT</a>' in shown
    Partner.objects.filter(pk=brought.pk).update(sponsor=None)
    world.refreshed(brought, now=NOW)
    assert "this step is the sponsor’s, and they have none" in page(brought)


@pytest.mark.parametrize(
    ("reason", "everywhere", "pill", "why", "next_"),
    [
        ("unsubscribed", False, "Unsubscribed", "Anna Berg unsubscribed on 1 Mar 2026", "Call Anna Berg"),
        ("complained", False, "Marked as spam", "marked a mail as spam on 1 Mar 2026", "Call Anna Berg"),
        ("bounced", True, "The address does not exist", "anna@fjord.example came back", "Correct the address"),
    ],
)
def test_a_stopped_address_is_told_beside_the_person_and_instead_of_what_is_planned(
    page: Page, vendor: Vendor, partner: Partner, reason: str, everywhere: bool, pill: str, why: str, next_: str
) -> None:
    stop(reason, None if everywhere else vendor)
    shown = page(partner)
    assert f'<span class="fl-pill fl-pill-warn">{pill}</span> since' in shown
    assert why in shown
    assert f">{next_}</a>" in shown
    assert "Reminder of “Do the first thing”" not in shown
    assert "Next:" not in shown
    assert "Is at “Do the first thing”, and nothing more will be sent" in shown


def test_a_stop_that_was_lifted_or_is_anothers_stops_nothing(page: Page, vendor: Vendor, partner: Partner) -> None:
    stop("unsubscribed", vendor, lifted_at=NOW)
    stop("unsubscribed", make_vendor("other"))
    shown = page(partner)
    assert "Next: “Do the first thing”" in shown
    assert "Unsubscribed" not in shown


def test_only_what_goes_to_the_stopped_address_is_left_out(page: Page, vendor: Vendor, partner: Partner) -> None:
    stop("unsubscribed", vendor)
    FollowUp.objects.filter(partner=partner, kind="remind-48h").update(contact=None, member=partner.manager)
    shown = page(partner)
    assert shown.count("Reminder of “Do the first thing”") == 1
    assert f"To {partner.manager}, 48 hours after" in shown


def test_a_partner_without_a_person_needs_one(page: Page, partner: Partner) -> None:
    FollowUp.objects.filter(partner=partner).delete()
    Contact.objects.filter(partner=partner).delete()
    world.refreshed(partner, now=NOW)
    shown = page(partner)
    assert "Nothing, because nobody of Fjord IT is on record." in shown
    assert '<a href="edit/#person">Add a person</a>' in shown


def test_who_finished_is_reminded_of_nothing(page: Page, partner: Partner) -> None:
    for progress in Progress.objects.filter(enrollment__partner=partner).order_by("position"):
        progress.refresh_from_db()
        complete(progress=progress, by=None, now=NOW)
    shown = page(partner)
    assert "they finished the playbook just now, and no step is open" in shown
    assert '<a href="#talk">Ask Anna Berg how it goes on</a>' in shown


def test_who_left_gets_nothing(page: Page, partner: Partner) -> None:
    Partner.objects.filter(pk=partner.pk).update(state="left")
    FollowUp.objects.filter(partner=partner).delete()
    world.refreshed(partner, now=NOW)
    assert "They left your programme" in page(partner)


def test_without_a_playbook_the_card_above_says_it_and_a_viewer_is_told_too(
    page: Page, vendor: Vendor, me: Member
) -> None:
    signed = make_partner(vendor, manager=me, state="signed")
    early = make_partner(vendor, manager=me, state="signed")
    accept(partner=early, by=me.user, now=NOW)
    for one in (signed, early):
        world.refreshed(one, now=NOW)
        assert "What will be sent" not in page(one)
    viewer = Client()
    viewer.force_login(make_member(vendor, role="viewer").user)
    assert "Nothing, until you say yes." in viewer.get(f"/v/house/partners/{signed.pk}/").content.decode()
    shown = viewer.get(f"/v/house/partners/{early.pk}/").content.decode()
    assert "Nothing, because no playbook is running." in shown
    assert "#start" not in shown


def test_a_customer_walks_nothing(page: Page, vendor: Vendor, me: Member) -> None:
    customer = make_partner(vendor, manager=me)
    world.orders(customer, NOW.date(), now=NOW)
    assert "customers who walk no playbook get no reminders" in page(customer)


@pytest.mark.parametrize(
    ("state", "finished", "words"),
    [
        ("accepted", True, "its last reminder went out 3 hours ago. Now a person helps most."),
        ("ready", False, "its last reminder is on its way now"),
        ("unknown", True, "its last reminder may not have arrived"),
    ],
)
def test_when_all_reminders_were_used_up(page: Page, partner: Partner, state: str, finished: bool, words: str) -> None:
    at = NOW - timedelta(hours=3)
    message = Message.objects.create(
        vendor=partner.vendor,
        key="one",
        kind="reminder",
        to_address="anna@fjord.example",
        state=state,
        not_before=at,
        created_at=at,
        finished_at=at if finished else None,
    )
    FollowUp.objects.filter(partner=partner).update(
        state="decided", reason="sent_alone", finished_at=at, message=message
    )
    shown = page(partner)
    assert words in shown
    assert "Is at “Do the first thing”, and nothing more will be sent" in shown


def test_when_the_reminders_were_held_back_or_never_planned(page: Page, partner: Partner) -> None:
    theirs = FollowUp.objects.filter(partner=partner)
    theirs.update(state="suppressed", reason="address_suppressed", finished_at=NOW)
    assert "the reminders of this step were held back" in page(partner)
    theirs.delete()
    assert "no reminder was planned when this step opened" in page(partner)
    give_own(playbook=partner.enrollments.get().playbook, step="first", by=None, now=NOW).touches.all().delete()
    assert "your cadence says that nothing is sent at this step" in page(partner)
