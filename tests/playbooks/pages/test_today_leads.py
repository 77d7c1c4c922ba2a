"""Today leads with what came back: who says what, and what the one button does about it."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.models import User
from playbooks import walking
from playbooks.goals import write_goal
from playbooks.handing_over import schedule
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_vendor, make_version
from tests.playbooks.offers.world import WAYS, ask, bring, make_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara() -> User:
    return make_user(name="Mara")


@pytest.fixture
def first(client: Client, clock: Clock) -> Progress:
    user = make_user(name="Kim")
    client.force_login(user)
    vendor = make_vendor(name="Acme")
    steps = ({"key": "first", "wants_approval": True, "offer": make_offer("quote")}, "second")
    version = make_version(vendor, steps=steps)
    return make_enrollment(make_partner(vendor, user=user), version=version).progress.in_play().get()


def lead(client: Client) -> str:
    content = client.get("/my/").content.decode()
    return content[content.index('<section class="my-next') :].split("</section>")[0]


def test_what_was_sent_back_says_who_and_what_is_missing(client: Client, first: Progress, mara: User) -> None:
    walking.complete(progress=first, by=None, now=NOW)
    walking.send_back(progress=first, missing="The date.\nSee https://a.example/x", by=mara, now=NOW)
    shown = lead(client)
    assert "Mara sent it back: something is missing" in shown
    assert 'The date.<br>\nSee <a href="https://a.example/x" rel="noopener' in shown
    assert "Add what is missing" in shown
    assert "Start here" not in shown


def test_an_answer_leads_with_who_answered(client: Client, first: Progress, mara: User) -> None:
    walking.get_stuck(progress=first, reason="No password", by=None, now=NOW)
    walking.help_on(progress=first, answer="Call the hotline", by=mara, now=NOW)
    shown = lead(client)
    assert "Mara answered you" in shown
    assert "“No password”" in shown
    assert "Call the hotline" in shown
    assert "Go on with this step" in shown


def test_a_quote_leads_with_the_price_and_the_question(
    client: Client, first: Progress, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bring(first, *WAYS["quoted"])
    with django_assert_max_num_queries(12):
        shown = lead(client)
    assert "Acme would do it for 120.00 EUR" in shown
    assert "Shall they do it?" in shown
    assert "Say yes or no" in shown
    assert "thing pays" not in shown


def test_a_delivery_leads_with_what_was_delivered(client: Client, first: Progress) -> None:
    bring(first, *WAYS["delivered"])
    shown = lead(client)
    assert "Acme has done it. Is all there?" in shown
    assert "It is online." in shown
    assert "Look, and say if all is there" in shown


def test_who_cannot_do_it_says_why(client: Client, first: Progress) -> None:
    bring(first, *WAYS["declined"])
    shown = lead(client)
    assert "Acme cannot do this one for you" in shown
    assert "Too far away." in shown


def test_a_step_that_was_declined_goes_before_what_only_waits(
    client: Client, first: Progress, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    waits = step_elsewhere()
    bring(first, *WAYS["declined"])
    Progress.objects.filter(pk=waits.pk).update(turn_since=NOW - timedelta(days=1))
    with django_assert_max_num_queries(13):
        shown = lead(client)
    assert "Acme cannot do this one for you" in shown
    assert ask(first)  # once more, and it is the vendor's turn
    assert "Do the other thing" in lead(client)


def test_further_steps_that_were_declined_say_so_in_a_row(client: Client, first: Progress) -> None:
    second = step_elsewhere()
    bring(first, *WAYS["declined"])
    bring(second, *WAYS["declined"])
    assert client.get("/my/").content.decode().count("Cannot be done for you") == 1


def step_elsewhere() -> Progress:
    """A step that the same person has at another vendor, who offers to do it."""
    vendor = make_vendor()
    version = make_version(vendor, steps=[{"key": "other", "offer": make_offer("quote")}])
    return make_enrollment(make_partner(vendor, user=User.objects.get(name="Kim")), version=version).progress.get()


def test_what_came_back_goes_before_what_only_waits(client: Client, first: Progress, mara: User) -> None:
    user = User.objects.get(name="Kim")
    elsewhere = make_vendor()
    waits = make_enrollment(make_partner(elsewhere, user=user), version=make_version(elsewhere, steps=["other"]))
    waits.progress.update(turn_since=NOW - timedelta(days=1))
    assert "Do the other thing" in lead(client)
    walking.complete(progress=first, by=None, now=NOW)
    walking.send_back(progress=first, missing="The date", by=mara, now=NOW)
    assert "Do the first thing" in lead(client)


def test_a_day_that_moved_is_said_and_when_it_is_ready(
    client: Client, first: Progress, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bring(first, *WAYS["scheduled"])
    page = client.get("/my/").content.decode()
    assert "Acme’s turn, ready by 10 Mar 2026" in page
    assert "later: by" not in page
    schedule(progress=first, ready_on=date(2026, 4, 1), by=None, now=NOW + timedelta(hours=6), note="No <light>.")
    with django_assert_max_num_queries(13):
        page = client.get("/my/").content.decode()
    assert "Acme does “Do the first thing” later: by 1 Apr 2026" in page
    assert "10 Mar 2026 was agreed." in page
    assert "No &lt;light&gt;." in page
    assert "ready by 1 Apr 2026" in page.split("Waiting on others")[1]
    bring(first, "deliver")
    assert "later: by" not in client.get("/my/").content.decode()


def test_a_long_goal_is_folded(client: Client, first: Progress) -> None:
    goal = "Backups for everybody. " * 40
    write_goal(enrollment=first.enrollment, goal=goal, goal_by=None, goal_why="Now.", by=None, now=NOW)
    content = client.get(reverse("my-today")).content.decode()
    assert content.count("Show all of it") == 1
    assert "Backups for everybody. Backups" in content.split("my-folded-short")[1].split("</span>")[0]
