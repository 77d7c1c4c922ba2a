"""Orders in a partner's timeline: a day is one entry, between what was done and sent, on as many pages as it takes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.dashboards.timeline import Timeline, timeline
from followups.models import Message
from partners.models import Activity, Member, Partner
from tests.factories import NOW, make_customer, make_orders, make_partner
from tests.followups import world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def partner(me: Member) -> Partner:
    return world.refreshed(make_partner(me.vendor, company="Fjord IT", manager=me), now=NOW)


def shown(partner: Partner, after: str = "") -> Timeline:
    return timeline(partner=partner, after=after, language="en")


def test_a_day_says_how_often_they_ordered_and_how_often_their_customers(me: Member, partner: Partner) -> None:
    make_orders(partner, date(2026, 1, 5), date(2026, 2, 2), date(2026, 2, 2))
    make_customer(partner, date(2026, 2, 2), date(2026, 2, 3), date(2026, 2, 3))
    found = {entry.day: entry.what for entry in shown(partner).entries if entry.day}
    assert found == {
        date(2026, 2, 3): "2 orders of their customers",
        date(2026, 2, 2): "Placed 2 orders · One order of their customers",
        date(2026, 1, 5): "Placed one order",
    }
    desk = Client()
    desk.force_login(me.user)
    page = desk.get(f"/v/house/partners/{partner.pk}/").content.decode()
    assert '<time datetime="2026-01-05">5 Jan 2026</time>' in page
    assert "Placed 2 orders · One order of their customers" in page


def test_what_was_ordered_is_not_told_twice(partner: Partner) -> None:
    make_orders(partner, TODAY)
    Activity.objects.create(vendor=partner.vendor, partner=partner, at=NOW, side="partner", kind="ordered")
    assert [entry.what for entry in shown(partner).entries] == ["Placed one order"]


def test_another_partners_orders_are_not_shown(partner: Partner) -> None:
    make_orders(make_partner(partner.vendor), TODAY)
    assert not shown(partner).entries


def test_pages_lose_nothing_and_show_nothing_twice(partner: Partner) -> None:
    contact = partner.contacts.get()
    for number in range(40):
        midnight = datetime.combine(TODAY - number * DAY, time(0), tzinfo=UTC)
        make_orders(partner, midnight.date())
        for hours in (0, 9):  # an act and a mail at the very instant at which the day begins, and one later
            at = midnight + timedelta(hours=hours)
            Activity.objects.create(vendor=partner.vendor, partner=partner, at=at, side="partner", kind="opened")
            Message.objects.create(
                vendor=partner.vendor,
                key=f"m{number}-{hours}",
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
        found = shown(partner, after)
        seen += [(entry.at, entry.source, entry.pk) for entry in found.entries]
        if not found.older:
            break
        after = found.older
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 5 * 40


def test_a_page_is_five_queries_however_many_orders_there_are(partner: Partner) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(partner)
        return len(seen)

    make_orders(partner, TODAY)
    few = queries()
    make_orders(partner, *(TODAY - number * DAY for number in range(100)))
    assert queries() == few == 5


def test_an_imported_customer_was_accepted_by_nobody(partner: Partner) -> None:
    Activity.objects.create(
        vendor=partner.vendor,
        partner=partner,
        at=NOW,
        side="vendor",
        kind="accepted",
        actor_name="Olga",
        data={"came_with": "orders"},
    )
    [entry] = shown(partner).entries
    assert (entry.what, entry.who) == ("Came along with imported orders", "")
