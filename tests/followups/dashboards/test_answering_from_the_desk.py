"""Answering who is stuck: the page says whether a mail can go, before and after, and from when reminders count anew."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from followups.engine.cadences import ANSWER, make_default_cadence
from followups.models import FollowUp, Suppression, Task, Touch, Wish
from partners.models import Contact, Member, Partner, Vendor
from playbooks.walking import complete, get_stuck, help_on
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor, make_version
from tests.followups import world

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    vendor = make_vendor("house", name="House & Co")
    make_default_cadence(vendor=vendor, now=NOW)
    return vendor


@pytest.fixture
def me(vendor: Vendor) -> Member:
    return make_member(vendor, user=make_user("mara@house.example", name="Mara Lindqvist"))


@pytest.fixture
def partner(vendor: Vendor, me: Member, clock: Clock) -> Partner:
    anna = {"name": "Anna Berg", "phone": "+47 22 33"}
    partner = make_partner(vendor, company="Fjord IT", manager=me, email="anna@fjord.example", contact=anna)
    make_enrollment(partner, version=make_version(vendor))
    get_stuck(progress=world.first_step(partner), reason="No key", by=None, now=NOW)
    return partner


def page(desk: Client, partner: Partner) -> str:
    return desk.get(f"/v/house/partners/{partner.pk}/").content.decode()


def answered(desk: Client, partner: Partner) -> str:
    sent = {"answer": "Here it is.", "progress": world.first_step(partner).pk}
    return desk.post(f"/v/house/partners/{partner.pk}/help/", sent, follow=True).content.decode()


def test_where_a_mail_goes_the_page_says_so(desk: Client, partner: Partner) -> None:
    assert "No mail will tell them" not in page(desk, partner)
    assert "Your answer is on its way to the partner." in answered(desk, partner)
    assert FollowUp.objects.filter(kind=ANSWER).count() == 1


def test_an_answer_that_comes_too_late_stays_to_be_sent_as_an_addition(desk: Client, partner: Partner) -> None:
    task = Task.objects.get(kind=Task.Kind.STUCK)
    help_on(progress=world.first_step(partner), answer="Ask Tom.", by=None, now=NOW)
    late = answered(desk, partner)
    assert "somebody was faster" in late
    assert "Here it is.</textarea>" in late
    assert f'action="/v/house/owed/{task.pk}/"' in late
    assert task.progress is not None
    complete(progress=task.progress, by=None, now=NOW)
    sent = {"answer": "And this.", "progress": task.progress.pk}
    moved_on = desk.post(f"/v/house/partners/{partner.pk}/help/", sent).content.decode()
    assert "Copy what you need" in moved_on
    assert "And this.</textarea>" in moved_on


@pytest.mark.parametrize(
    ("stop", "why"),
    [
        ({"reason": "unsubscribed"}, "Anna Berg unsubscribed on 3 Mar 2026."),
        ({"reason": "bounced", "vendor": None}, "Mails to anna@fjord.example have come back since 3 Mar 2026."),
        ({"reason": "complained"}, "Anna Berg marked a mail as spam on 3 Mar 2026."),
        ({"about": "partner", "amount": "none"}, "Anna Berg wants no mails about their own steps."),
    ],
)
def test_where_none_can_go_it_is_said_before_and_after(
    desk: Client, vendor: Vendor, partner: Partner, stop: dict[str, Any], why: str
) -> None:
    given = {"vendor": vendor, "address": "anna@fjord.example", **stop}
    if "about" in stop:
        Wish.objects.create(changed_at=NOW, **given)
    else:
        Suppression.objects.create(created_at=NOW, **given)
    before = page(desk, partner)
    assert why in before
    assert '<a href="tel:+472233">' in before
    assert "no mail can go to Anna Berg" in before
    assert "reminders begin anew" not in before
    after = answered(desk, partner)
    assert f"no mail tells them: {why} Call Anna Berg: +47 22 33." in after
    assert "on its way" not in after
    assert "Reminder of “Do the first thing”" not in after


def test_without_a_number_it_asks_for_one(desk: Client, vendor: Vendor, partner: Partner) -> None:
    Contact.objects.update(phone="")
    Suppression.objects.create(vendor=vendor, address="anna@fjord.example", reason="unsubscribed", created_at=NOW)
    assert "No number is on record either." in page(desk, partner)
    assert "Reach Anna Berg in another way." in answered(desk, partner)


def test_nobody_on_record_is_said_too(desk: Client, partner: Partner) -> None:
    FollowUp.objects.all().delete()
    Contact.objects.all().delete()
    world.refreshed(partner, now=NOW)
    assert "Nobody of Fjord IT is on record." in page(desk, partner)
    assert "Nobody of Fjord IT is on record." in answered(desk, partner)


def test_reminders_count_from_the_answer_and_say_so(desk: Client, me: Member, partner: Partner, clock: Clock) -> None:
    step = world.first_step(partner)
    help_on(progress=step, answer="Here it is.", by=me.user, now=NOW + HOUR)
    shown = page(desk, partner)
    assert "Your answer about “Do the first thing”" in shown
    assert "24 hours after Mara Lindqvist’s answer, unless it is done by then." in shown
    assert "after the step opened" not in shown
    coming = desk.get("/v/house/followups/").content.decode()
    assert "24 hours after Mara Lindqvist’s answer" in coming
    assert "The answer, because they were stuck" in coming
    last = FollowUp.objects.scheduled().filter(kind="remind-48h")
    last.update(state="suppressed", reason="not_wanted", finished_at=NOW)
    assert "Held back: Reminder of “Do the first thing”, 48 hours after Mara Lindqvist’s answer" in page(desk, partner)


def test_who_has_written_no_name_answers_as_the_vendor(desk: Client, me: Member, partner: Partner) -> None:
    me.user.name = ""
    me.user.save()
    help_on(progress=world.first_step(partner), answer="Here it is.", by=me.user, now=NOW + HOUR)
    assert "24 hours after House &amp; Co’s answer" in page(desk, partner)


def test_what_is_counted_in_working_hours_says_so(desk: Client, vendor: Vendor, me: Member) -> None:
    Touch.objects.filter(kind="remind-24h").update(after_hours=16, basis="working")
    partner = make_partner(vendor, manager=me)
    make_enrollment(partner, version=make_version(vendor, slug="other", default=False))
    assert "16 working hours after the step opened, unless it is done by then." in page(desk, partner)
    assert "16 working hours after the step opened" in desk.get("/v/house/followups/").content.decode()
