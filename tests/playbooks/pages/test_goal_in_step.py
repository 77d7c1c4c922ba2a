"""A step that asks for the goal has the fields for it, and one press keeps the answers and finishes the step."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.test import Client

from partners.models import Activity, User
from playbooks import walking
from playbooks.goals import write_goal
from playbooks.links import make_step_link
from playbooks.models import Enrollment, Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db
WORDS = {"goal": "Five clients by June", "goal_by": "2026-06-30", "goal_why": "One asked"}


@dataclass(frozen=True)
class Way:
    """How a person comes to the step: signed in, or from a mail."""

    client: Client
    page: str

    def done(self, **words: str) -> tuple[int, str]:
        response = self.client.post(f"{self.page}done/", words)
        return response.status_code, response.content.decode()

    def read(self) -> str:
        return self.client.get(self.page).content.decode()


@pytest.fixture
def enrollment(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor(name="Acme")
    steps = ({"key": "goal", "asks_for_goal": True}, {"key": "next"})
    return make_enrollment(make_partner(vendor, user=user), version=make_version(vendor, steps=steps))


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    client = Client()
    if request.param == "signed in":
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/")
    contact = step.enrollment.partner.contacts.get()
    link = make_step_link(contact=contact, progress=step, now=NOW)
    return Way(client, link.removeprefix("http://127.0.0.1:8000"))


def test_the_page_has_the_fields_and_one_button(way: Way) -> None:
    page = way.read()
    for field in WORDS:
        assert page.count(f'name="{field}"') == 1
    assert "Three clients by June." in page  # the author's example
    assert page.count(f'action="{way.page}done/"') == 1
    assert "Write down your goal" not in page  # no second way to the same, on the same page


def test_today_leads_to_that_step_and_asks_no_second_time(user: User, enrollment: Enrollment) -> None:
    client = Client()
    client.force_login(user)
    assert "Write down your goal" not in client.get("/my/").content.decode()
    write_goal(enrollment=enrollment, goal="Five clients", goal_by=None, goal_why="", by=user, now=NOW)
    assert "Five clients" in client.get("/my/").content.decode()


def test_one_press_keeps_the_goal_and_finishes_the_step(way: Way, enrollment: Enrollment) -> None:
    assert way.done(**WORDS)[0] == 302
    enrollment.refresh_from_db()
    assert (enrollment.goal, enrollment.goal_why) == ("Five clients by June", "One asked")
    assert enrollment.goal_by == date(2026, 6, 30)
    assert enrollment.progress.in_play().get().position == 1
    assert set(Activity.objects.filter(side="partner").values_list("kind", flat=True)) == {"goal", "done"}


def test_twice_does_nothing_twice(way: Way, enrollment: Enrollment) -> None:
    for _ in range(2):
        assert way.done(**WORDS)[0] == 302
    assert Activity.objects.filter(kind__in=["goal", "done"]).count() == 2
    assert enrollment.progress.in_play().get().position == 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [({"goal": " ", "goal_why": "Because"}, "required"), ({"goal": "More", "goal_by": "2025-01-01"}, "is over")],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    way: Way, step: Progress, words: dict[str, str], fault: str
) -> None:
    status, page = way.done(**words)
    assert status == 422
    assert fault in page
    assert all(typed.strip() in page for typed in words.values())
    step.refresh_from_db()
    assert step.state == "open"
    assert not Activity.objects.filter(kind__in=["goal", "done"]).exists()


def test_what_was_written_before_stands_in_the_fields(way: Way, enrollment: Enrollment) -> None:
    Enrollment.objects.update(goal="Ten clients", goal_by=NOW.date() - timedelta(days=9))
    assert "Ten clients" in way.read()
    day = (NOW - timedelta(days=9)).date().isoformat()
    assert way.done(goal="Ten clients", goal_by=day)[0] == 302  # a day that was set before may be over
    assert enrollment.progress.in_play().get().position == 1


def test_words_are_not_lost_when_the_step_was_closed_meanwhile(way: Way, step: Progress) -> None:
    walking.skip(progress=step, reason="Told on the phone", by=None, now=NOW)
    assert way.done(**WORDS)[0] == 302
    assert 'name="goal"' not in way.read()
    assert Enrollment.objects.get().goal == "Five clients by June"
    assert Activity.objects.filter(kind="done").count() == 0


@pytest.mark.parametrize("act", ["stuck/", "later/"])
def test_stuck_and_later_need_no_goal(way: Way, step: Progress, act: str) -> None:
    assert way.client.post(way.page + act, {"reason": "No idea what to write"}).status_code == 302
    step.refresh_from_db()
    assert (step.state, step.snoozed_until is not None) in {("stuck", False), ("open", True)}


def test_a_step_that_does_not_ask_has_no_fields(way: Way, enrollment: Enrollment) -> None:
    way.done(**WORDS)
    following = enrollment.progress.in_play().get()
    way.client.force_login(enrollment.partner.contacts.get().user or make_user())
    page = way.client.get(f"/my/steps/{following.pk}/").content.decode()
    assert 'name="goal"' not in page
    assert "Five clients by June" in page


def test_the_vendor_who_hears_that_it_is_done_need_not_write_it(step: Progress) -> None:
    manager = step.enrollment.partner.manager
    client = Client()
    client.force_login(manager.user)
    client.post(f"/v/{manager.vendor.slug}/steps/{step.pk}/done/")
    step.refresh_from_db()
    assert step.state == "done"


def test_a_stale_page_replaces_no_goal_and_shows_what_was_written_on_it(way: Way, enrollment: Enrollment) -> None:
    assert way.done(**WORDS)[0] == 302
    assert way.done(goal="From another tab")[0] == 302
    assert "From another tab" in way.read()
    enrollment.refresh_from_db()
    assert (enrollment.goal, enrollment.goal_by) == ("Five clients by June", date(2026, 6, 30))
