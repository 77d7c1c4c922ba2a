"""The sponsor's page: who is new, who is silent, and what to do next; rhythm, never money."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from followups.silence.detecting import detect
from partners.models import Partner, User, Vendor
from playbooks.walking import get_stuck
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_customer,
    make_enrollment,
    make_orders,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)
from tests.followups import world

pytestmark = pytest.mark.django_db
URL = "/my/first-line/"


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    return make_vendor("house", name="Backup House")


@pytest.fixture
def me() -> User:
    return make_user("sponsor@example.com")


@pytest.fixture
def sponsor(vendor: Vendor, me: User) -> Partner:
    return world.refreshed(make_partner(vendor, company="Sponsor AG", user=me), now=NOW)


@pytest.fixture
def my(me: User) -> Client:
    client = Client()
    client.force_login(me)
    return client


def brought(sponsor: Partner, company: str, **fields: Any) -> Partner:
    partner = make_partner(
        sponsor.vendor, company=company, sponsor=sponsor, contact={"name": f"Anna of {company}"}, **fields
    )
    return world.refreshed(partner, now=NOW)


def test_new_first_then_by_need(my: Client, sponsor: Partner, clock: Clock) -> None:
    version = make_version(sponsor.vendor)
    brought(sponsor, "Content", accepted_at=NOW - timedelta(days=40))
    brought(sponsor, "Fresh", accepted_at=NOW - timedelta(days=1))
    silent = brought(sponsor, "Silent", accepted_at=NOW - timedelta(days=30))
    make_enrollment(silent, version=version, now=NOW - timedelta(days=30))
    detect(now=NOW)
    rows = my.get(URL).context["rows"]
    assert [row["company"] for row in rows] == ["Fresh", "Silent", "Content"]


def test_each_row_says_what_to_do_next(my: Client, sponsor: Partner, clock: Clock) -> None:
    silent = brought(sponsor, "Silent", accepted_at=NOW)
    make_enrollment(silent, version=make_version(sponsor.vendor))
    detect(now=clock.move(hours=72))
    page = my.get(URL).content.decode()
    assert "Write to Anna of Silent and offer to do the first minutes of “Do the first thing” together." in page
    assert 'href="mailto:' in page
    assert 'href="tel:' not in page
    silent.contacts.update(phone="+49 30 5550100")
    world.refreshed(silent, now=NOW + timedelta(hours=72))
    page = my.get(URL).content.decode()
    assert "Call Anna of Silent and do the first minutes of “Do the first thing” together." in page
    assert 'href="tel:+49305550100"' in page


def test_who_waits_on_the_vendor_is_not_for_the_sponsor_to_push(my: Client, sponsor: Partner, clock: Clock) -> None:
    partner = brought(sponsor, "Waiting", accepted_at=NOW)
    make_enrollment(partner, version=make_version(sponsor.vendor))
    get_stuck(progress=world.first_step(partner), reason="No key", by=None, now=NOW)
    detect(now=clock.move(hours=72))
    page = my.get(URL).content.decode()
    assert "Got stuck 3 days ago at “Do the first thing”, and waits for Backup House" in page
    assert "Call Anna" not in page


def test_each_row_has_one_act_and_folds_the_rest(my: Client, sponsor: Partner, clock: Clock) -> None:
    nobody, phone, mail = "Needs Nobody", "Has A Phone", "Has Mail Alone"
    brought(sponsor, nobody, accepted_at=NOW - timedelta(days=40))
    brought(sponsor, phone, phone="+49 30 5550100", accepted_at=NOW)
    brought(sponsor, mail, accepted_at=NOW)
    response = my.get(URL)
    assert {row["company"]: row["act"] for row in response.context["rows"]} == {
        nobody: "Note",
        phone: "Call",
        mail: "Write",
    }
    page = response.content.decode()
    assert page.count("<details>") == page.count("fl-line-more") == 3
    assert "<details open" not in page


def test_who_is_signed_waits_for_the_vendors_yes_and_not_for_the_sponsors(my: Client, sponsor: Partner) -> None:
    brought(sponsor, "Signed", state="signed", signed_at=NOW - timedelta(days=2), accepted_at=None)
    page = my.get(URL).content.decode()
    assert "Signed 2 days ago, and Backup House has yet to say yes" in page
    assert "your yes" not in page


def test_no_amount_of_money_is_shown(my: Client, sponsor: Partner) -> None:
    partner = brought(sponsor, "Orderer")
    make_orders(partner, date(2026, 1, 1), amount="4711.99")
    world.refreshed(partner, now=NOW)
    page = my.get(URL).content.decode()
    assert "4711" not in page
    assert "Ordered once, 61 days ago, and not again" in page


def test_customers_who_ordered_once_are_a_rhythm(my: Client, sponsor: Partner) -> None:
    brought(sponsor, "Somebody")
    new_year, day_after, today = date(2026, 1, 1), date(2026, 1, 2), NOW.date()
    days = {"Once": [new_year, new_year], "Twice": [new_year, day_after], "Just now": [today], "Never": []}
    for name, on in days.items():
        make_customer(sponsor, *on, name=name)
    assert my.get(URL).context["customers"] == [("Once", "on 1 Jan 2026, not since")]


def test_only_my_own_customers_the_latest_first_and_nine_of_them(my: Client, sponsor: Partner) -> None:
    mine = brought(sponsor, "Mine")
    for day in range(1, 12):
        make_customer(sponsor, date(2026, 1, day), name=f"C{day:02}")
    make_customer(mine, date(2026, 1, 20), name="Theirs")
    shown = [name for name, _once in my.get(URL).context["customers"]]
    assert shown == [f"C{day:02}" for day in range(11, 2, -1)]


def test_the_page_reads_no_orders(my: Client, sponsor: Partner) -> None:
    brought(sponsor, "Mine")
    make_customer(sponsor, date(2026, 1, 1))
    with CaptureQueriesContext(connection) as queries:
        assert len(my.get(URL).context["customers"]) == 1
    assert not [query for query in queries if "partners_order" in query["sql"]]


def test_nine_at_a_glance_and_the_rest_on_the_next_page(my: Client, sponsor: Partner) -> None:
    for number in range(20):
        brought(sponsor, f"P{number:02}")
    seen, query = [], ""
    while True:
        page = my.get(URL + query).context["page"]
        seen += [row.company for row in page.rows]
        if not page.next:
            break
        query = page.next
    assert len(seen) == len(set(seen)) == 20


def test_another_sponsors_line_is_not_mine(my: Client, sponsor: Partner) -> None:
    other = make_partner(sponsor.vendor, company="Other Sponsor")
    brought(other, "Not Mine")
    brought(sponsor, "Mine")
    assert [row["company"] for row in my.get(URL).context["rows"]] == ["Mine"]


def test_without_a_first_line_the_page_says_how_it_begins(my: Client, sponsor: Partner, me: User) -> None:
    assert "Your first line begins with one" in my.get(URL).content.decode()
    assert me.leads_a_first_line is False


def test_whoever_brought_somebody_in_leads_a_first_line(sponsor: Partner, me: User) -> None:
    brought(sponsor, "Mine")
    assert User.objects.get(pk=me.pk).leads_a_first_line is True


def test_strangers_sign_in_first_and_only_get(client: Client, my: Client) -> None:
    assert client.get(URL).status_code == 302
    assert my.post(URL).status_code == 405


def test_queries_do_not_grow_with_rows(
    my: Client, sponsor: Partner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    version = make_version(sponsor.vendor)
    make_enrollment(brought(sponsor, "One"), version=version)
    with django_assert_max_num_queries(10) as few:
        my.get(URL)
    for number in range(8):
        make_enrollment(brought(sponsor, f"More {number}"), version=version)
    with django_assert_max_num_queries(len(few)):
        my.get(URL)
