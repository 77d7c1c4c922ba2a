"""Putting a step into one's calendar, signed in and from a mail; and the page and the address of one's own times."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from followups.engine.cadences import make_default_cadence
from followups.models import FollowUp
from partners.models import User
from playbooks import walking
from playbooks.calendar.feeds import address_of, renew
from playbooks.links import make_step_link
from playbooks.models import CalendarFeed, Enrollment, Progress, Slot
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_vendor

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"
THURSDAY = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)  # 14:00 in Auckland


@dataclass(frozen=True)
class Way:
    """How a person comes to the step."""

    client: Client
    page: str
    is_signed_in: bool

    def choose(self, **sent: str) -> tuple[int, str]:
        response = self.client.post(f"{self.page}slot/", sent, follow=True)
        return response.status_code, response.content.decode()

    def read(self) -> str:
        return self.client.get(self.page).content.decode()


@pytest.fixture
def enrollment(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor(name="Acme", time_zone="Europe/Berlin")
    make_default_cadence(vendor=vendor, now=NOW)
    return make_enrollment(make_partner(vendor, user=user, time_zone="Pacific/Auckland"))  # Tuesday, 22:00 there


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    client = Client()
    if request.param == "signed in":
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/", is_signed_in=True)
    link = make_step_link(contact=step.enrollment.partner.contacts.get(), progress=step, now=NOW)
    return Way(client, link.removeprefix(BASE), is_signed_in=False)


def set_aside(step: Progress) -> datetime | None:
    step.refresh_from_db()
    return step.slot_at


def test_times_in_their_working_hours_are_offered(way: Way, clock: Clock) -> None:
    page = way.read()
    offered = ["Tomorrow, 09:00", "Tomorrow, 14:00", "Thursday, 5 March, 09:00", "Thursday, 5 March, 14:00"]
    places = [page.index(words) for words in offered]
    assert places == sorted(places)
    assert page.count('name="at"') == 4
    assert "By the clock in Pacific/Auckland." in page
    clock.set(datetime(2026, 3, 5, 22, 3, tzinfo=UTC))  # Friday, 11:03: soon, then after lunch, then Monday
    assert [words in way.read() for words in ("Today, 11:30", "Today, 14:00", "Monday, 9 March, 09:00")] == [True] * 3


def test_one_press_sets_a_time_aside(way: Way, step: Progress) -> None:
    status, shown = way.choose(at="2026-03-05T01:00:00+0000")
    assert status == 200
    assert set_aside(step) == THURSDAY
    assert "Set aside: Thursday, 5 March, 14:00 to 14:10" in " ".join(way.read().replace("</strong>", "").split())
    if way.is_signed_in:
        assert "The invitation goes to" in shown
        assert "Your next step has its time" in shown
        assert "Thu 5 Mar 2026 14:00" in shown
    assert min(FollowUp.objects.scheduled().values_list("due_at", flat=True)) == THURSDAY
    assert "All right. We remind you" not in way.read()


def test_a_time_of_ones_own_is_by_the_clock_where_they_live(way: Way, step: Progress) -> None:
    way.choose(day="2026-03-07", time="19:45")  # a Saturday evening is theirs to choose
    assert set_aside(step) == datetime(2026, 3, 7, 6, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "time", "meant"),
    [
        ("2026-03-29", "02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # skipped: as long after the jump
        ("2026-03-29", "03:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-25", "02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first
    ],
)
def test_a_time_beside_a_change_of_the_clock(
    day: str, time: str, meant: datetime, way: Way, step: Progress, clock: Clock
) -> None:
    step.enrollment.partner.contacts.update(time_zone="Europe/Berlin")
    clock.set(meant - timedelta(days=2))
    if not way.is_signed_in:
        link = make_step_link(contact=step.enrollment.partner.contacts.get(), progress=step, now=clock.instant)
        way = Way(way.client, link.removeprefix(BASE), is_signed_in=False)
    assert way.choose(day=day, time=time)[0] == 200
    assert set_aside(step) == meant


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"day": "2026-03-03", "time": "09:00"}, "That time is over."),
        ({"day": "2026-03-18", "time": "09:00"}, "Choose a day until 17 March 2026: that is two weeks ahead."),
        ({"day": "", "time": ""}, "Choose a day."),
        ({"day": "2026-03-05", "time": "late"}, "Write the time as hours and minutes, such as 14:30."),
        ({"day": "soon", "time": "09:00"}, "Choose a day from the calendar."),
        ({"at": "whenever"}, "Choose a day."),
        ({"at": "2026-03-03T08:00:00+0000"}, "That time is over."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(sent: dict[str, str], words: str, way: Way, step: Progress) -> None:
    status, shown = way.choose(**sent)
    assert status == 422
    assert words in shown
    assert '<details class="my-stuck" id="slot" open>' in shown
    assert set_aside(step) is None


def test_it_is_moved_and_taken_back(way: Way, step: Progress) -> None:
    way.choose(at="2026-03-05T01:00:00+0000")
    assert "Move it to another time" in way.read()
    way.choose(day="2026-03-06", time="10:00")
    assert Slot.objects.get().sequence == 1
    way.choose(withdraw="yes")
    assert set_aside(step) is None
    assert "Put it into my calendar" in way.read()
    assert "Set aside:" not in way.read()


def test_a_time_that_passed_is_named_and_another_offered(way: Way, clock: Clock) -> None:
    way.choose(at="2026-03-05T01:00:00+0000")
    clock.set(THURSDAY + timedelta(minutes=5))
    assert "This is the time you set aside for it." in way.read()
    clock.set(THURSDAY + timedelta(hours=3))
    assert "You had set aside Thursday, 5 March, 14:00 to 14:10." in way.read()


def test_a_step_that_is_done_meanwhile_says_where_things_stand(way: Way, step: Progress) -> None:
    walking.complete(progress=step, by=None, now=NOW)
    status, _shown = way.choose(at="2026-03-05T01:00:00+0000")
    assert status == 200
    assert not Slot.objects.exists()


def test_a_stranger_and_a_sponsor_find_nothing(step: Progress) -> None:
    client = Client()
    client.force_login(make_user())
    assert client.post(f"/my/steps/{step.pk}/slot/", {"at": "2026-03-05T01:00:00+0000"}).status_code == 404
    assert client.get(f"/my/steps/{step.pk}/slot/").status_code == 405
    assert not Slot.objects.exists()


def test_the_offer_costs_the_page_no_query(
    way: Way, step: Progress, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    way.choose(at="2026-03-05T01:00:00+0000")
    with django_assert_max_num_queries(10):
        way.read()


# One's own times


@pytest.fixture
def mine(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def subscribed(user: User) -> str:
    return address_of(CalendarFeed.objects.get(user=user)).removeprefix(BASE)


def test_an_address_is_given_exchanged_and_taken_away(mine: Client, user: User, enrollment: Enrollment) -> None:
    assert "Give me an address" in mine.get("/my/calendar/").content.decode()
    mine.post("/my/calendar/renew/")
    first = subscribed(user)
    assert first in mine.get("/my/calendar/").content.decode()
    mine.post("/my/calendar/renew/")
    second = subscribed(user)
    anybody = Client()
    assert [anybody.get(address).status_code for address in (first, second)] == [404, 200]
    mine.post("/my/calendar/off/")
    assert anybody.get(second).status_code == 404


@pytest.mark.parametrize("wrong", ["altered", "unsigned", "nonsense"])
def test_an_address_cannot_be_made_up(wrong: str, user: User) -> None:
    feed = renew(user=user, now=NOW)
    address = address_of(feed).removeprefix(BASE)
    made_up = {"altered": address.replace(".ics", "x.ics"), "unsigned": f"/c/{feed.key}.ics", "nonsense": "/c/x.y.ics"}
    response = Client().get(made_up[wrong])
    assert response.status_code == 404
    assert response["Cache-Control"] == "private, no-cache"


def test_the_feed_has_all_times_over_all_vendors_and_no_one_elses(
    user: User, enrollment: Enrollment, step: Progress, way: Way
) -> None:
    way.choose(at="2026-03-05T01:00:00+0000")
    other = make_enrollment(make_partner(make_vendor(name="Beta"), user=user)).progress.get(position=0)
    client = Client()
    client.force_login(user)
    client.post(f"/my/steps/{other.pk}/slot/", {"at": "2026-03-06T10:00:00+0000"})
    stranger = make_user()
    theirs = make_enrollment(make_partner(make_vendor(name="Gamma"), user=stranger)).progress.get(position=0)
    client.force_login(stranger)
    client.post(f"/my/steps/{theirs.pk}/slot/", {"at": "2026-03-06T10:00:00+0000"})
    address = address_of(renew(user=user, now=NOW)).removeprefix(BASE)
    content = Client().get(address).content.decode()
    assert content.count("BEGIN:VEVENT") == 2
    assert [name in content for name in ("Acme", "Beta", "Gamma")] == [True, True, False]
    assert "/l/" not in content  # no link in it acts without signing in
    enrollment.partner.contacts.update(left_at=NOW)
    assert "Acme" not in Client().get(address).content.decode()


def test_a_program_that_has_it_gets_304_until_something_changes(
    user: User, step: Progress, mine: Client, clock: Clock
) -> None:
    address = address_of(renew(user=user, now=NOW)).removeprefix(BASE)
    mine.post(f"/my/steps/{step.pk}/slot/", {"at": "2026-03-05T01:00:00+0000"})
    first = Client().get(address)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    for known in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        again = Client().get(address, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == "private, no-cache"
    clock.move(hours=1)
    mine.post(f"/my/steps/{step.pk}/slot/", {"withdraw": "yes"})
    for known in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert Client().get(address, headers=known).status_code == 200
    head = Client().head(address)
    assert (head.status_code, head.content) == (200, b"")


def test_queries_do_not_grow_with_times(
    user: User, mine: Client, clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def choose() -> None:
        step = make_enrollment(make_partner(make_vendor(), user=user)).progress.get(position=0)
        mine.post(f"/my/steps/{step.pk}/slot/", {"at": "2026-03-05T01:00:00+0000"})

    address = address_of(renew(user=user, now=NOW)).removeprefix(BASE)
    choose()
    for page in ("/my/calendar/", address):
        mine.get(page)
        with django_assert_num_queries(20, exact=False) as few:  # type: ignore[call-arg]
            mine.get(page)
        number = len(few.captured_queries)
        choose()
        choose()
        with django_assert_num_queries(number):
            mine.get(page)
