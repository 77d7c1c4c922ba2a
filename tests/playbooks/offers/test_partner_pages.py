"""The partner's side of what is done for them: signed in and from a mail, without JavaScript."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from partners.models import Contact, User
from playbooks import handing_over
from playbooks.links import make_step_link
from playbooks.models import Handover, Progress, Step
from playbooks.offers.items import fingerprint, offer_of
from tests.clock import Clock
from tests.factories import NOW, make_partner, make_user
from tests.playbooks.offers.world import WAYS, ask, bring, make_offer, offered, seen, step_of

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Way:
    client: Client
    page: str

    def press(self, move: str, **words: str) -> Any:
        return self.client.post(f"{self.page}handover/", {"move": move, **words})

    def read(self) -> str:
        return self.client.get(self.page).content.decode()


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def step(user: User, clock: Clock) -> Progress:
    clock.instant = NOW + timedelta(hours=9)
    return step_of(offered("quote", user=user))


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    return way_of(step, user if request.param == "signed in" else None)


def way_of(step: Progress, user: User | None) -> Way:
    client = Client()
    if user is not None:
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/")
    link = make_step_link(contact=step.enrollment.partner.contacts.get(), progress=step, now=NOW)
    return Way(client, link.removeprefix("http://127.0.0.1:8000"))


def offer(step: Progress, terms: str, **given: Any) -> str:
    """The step offers this from now on; what a browser sends that shows it."""
    Step.objects.filter(pk=step.step_id).update(offer=make_offer(terms, **given))
    step.step.refresh_from_db()
    return seen_offer(step)


def seen_offer(step: Progress) -> str:
    return fingerprint(offer_of(step.step))


def test_from_asking_to_the_yes(way: Way, step: Progress) -> None:
    page = way.read()
    assert "can do this for you" in page
    assert f'name="seen" value="{seen_offer(step)}"' in page
    way.press("ask", seen=seen_offer(step), words="In blue.")
    assert "prepares a quote for you" in way.read()
    bring(step, "quote")
    page = way.read()
    assert "would do it for 120.00 EUR" in page
    assert f'value="{seen(step)}"' in page
    way.press("accept", seen=seen(step))
    assert "Next they tell you the day" in way.read()
    bring(step, "schedule", "deliver")
    page = way.read()
    assert "Is all there?" in page
    assert "It is online." in page
    assert way.press("send_back", words=" ")["Location"].endswith("?want=missing&missing=reason#missing")
    way.press("send_back", words="The logo.")
    assert "looks at it again" in way.read()
    bring(step, "deliver")
    way.press("confirm")
    step.refresh_from_db()
    assert (step.state, step.settled_by) == ("done", step.enrollment.partner.contacts.get().user)


@pytest.mark.parametrize("state", ["requested", "accepted"])
def test_it_is_taken_back_before_there_is_a_day(way: Way, step: Progress, state: str) -> None:
    bring(step, *WAYS[state])
    assert "Take it back and do it myself" in way.read()
    for _ in range(2):
        way.press("take_back")
    step.refresh_from_db()
    assert (step.state, step.turn) == ("open", "partner")
    assert "Ask for a quote" in way.read()


@pytest.mark.parametrize("state", ["quoted", "scheduled", "delivered", "returned"])
def test_later_it_is_not(step: Progress, user: User, state: str) -> None:
    bring(step, *WAYS[state])
    way = way_of(step, user)
    assert "Take it back and do it myself" not in way.read()
    way.press("take_back")
    assert Handover.objects.get().state == state


def test_a_price_is_agreed_to_by_a_press_that_says_it(step: Progress, user: User) -> None:
    way, shown = way_of(step, user), offer(step, "price")
    assert "Yes, do it for me for 80.00 EUR" in way.read()
    offer(step, "price", amount="95.00")
    page = way.client.post(f"{way.page}handover/", {"move": "ask", "seen": shown}, follow=True).content.decode()
    assert "This offer has changed" in page
    assert "Yes, do it for me for 95.00 EUR" in page
    assert not Handover.objects.exists()
    answer = way.client.post(f"{way.page}handover/", {"move": "ask", "seen": seen_offer(step)}, follow=True)
    assert "Agreed." in answer.content.decode()
    handover = Handover.objects.get()
    assert (handover.accepted_by, str(handover.amount)) == (user, "95.00")


def test_what_is_not_whole_is_not_offered(step: Progress, user: User) -> None:
    way = way_of(step, user)
    for offered_now in (
        make_offer("price", currency=""),
        make_offer("price", amount="1.00", currency=""),
        make_offer(days=0),
        make_offer(texts={}),
        {},
    ):
        Step.objects.filter(pk=step.step_id).update(offer=offered_now)
        assert "can do this for you" not in way.read()
        way.press("ask", seen="")
    assert not Handover.objects.exists()


def test_who_was_declined_reads_why_and_goes_on(way: Way, step: Progress) -> None:
    bring(step, *WAYS["declined"])
    page = way.read()
    assert "cannot do this one for you" in page
    assert "Too far away." in page
    assert "Ask for a quote" in page


def test_a_move_that_is_none_of_theirs_changes_nothing(way: Way, step: Progress) -> None:
    bring(step, *WAYS["scheduled"])
    for move in ("steal", "deliver", ""):
        assert way.press(move).status_code == 302
    assert Handover.objects.get().state == "scheduled"
    assert way.client.get(f"{way.page}handover/").status_code == 405


def test_strangers_and_sponsors_are_told_nothing(step: Progress) -> None:
    stranger = way_of(step, make_user())
    assert stranger.press("ask", seen=seen_offer(step)).status_code == 404
    ask(step)
    sponsor = make_user()
    by = make_partner(step.enrollment.vendor, user=sponsor)
    type(by).objects.filter(pk=step.enrollment.partner_id).update(sponsor=by)
    Step.objects.filter(pk=step.step_id).update(who="sponsor")
    assert way_of(step, sponsor).press("take_back").status_code == 404
    assert Handover.objects.get().state == "requested"


def test_today_asks_for_the_answer(step: Progress, user: User) -> None:
    way = way_of(step, user)
    bring(step, *WAYS["requested"])
    assert "Waiting on others" in way.client.get("/my/").content.decode()
    bring(step, "quote")
    page = way.client.get("/my/").content.decode()
    assert "Say yes or no" in page
    assert "Waiting on others" not in page


def test_a_colleague_may_answer_as_well(step: Progress) -> None:
    bring(step, *WAYS["quoted"])
    colleague = make_user(name="Lou")
    Contact.objects.create(partner=step.enrollment.partner, user=colleague, email=colleague.email, created_at=NOW)
    way_of(step, colleague).press("accept", seen=seen(step))
    assert Handover.objects.get().accepted_by == colleague


def test_the_page_takes_two_queries_more_at_most(
    step: Progress, user: User, django_assert_max_num_queries: Any
) -> None:
    way = way_of(step, user)
    bring(step, *WAYS["returned"])
    for _ in range(3):
        bring(step, "deliver", "send_back")
    way.read()
    with django_assert_max_num_queries(12):
        way.read()


def test_a_day_that_moved_is_said_with_the_one_before(way: Way, step: Progress) -> None:
    bring(step, *WAYS["scheduled"])
    page = way.read()
    assert "The day has moved" not in page
    assert "Take it back" not in page
    handing_over.schedule(progress=step, ready_on=date(2026, 4, 1), by=None, now=NOW + timedelta(hours=6))
    page = way.read()
    assert "10 Mar 2026 was agreed, now it is 1 Apr 2026" in page
    way.press("take_back")
    assert Handover.objects.get().state == "withdrawn"
