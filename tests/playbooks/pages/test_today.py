from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.editing import edit_partner
from partners.models import Partner, User
from playbooks import putting_off, walking
from playbooks.goals import write_goal
from playbooks.models import Enrollment
from playbooks.today import today_of
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db
TODAY = "/my/"


@pytest.fixture
def enrollment(user: User) -> Enrollment:
    return make_enrollment(make_partner(make_vendor(name="Acme"), user=user))


@pytest.fixture
def reader(client: Client, user: User, clock: Clock) -> Client:
    client.force_login(user)
    return client


def page(client: Client, path: str = TODAY) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_today_shows_the_one_next_step_with_minutes_and_why(reader: Client, enrollment: Enrollment) -> None:
    content = page(reader)
    assert "Do the first thing" in content
    assert "The first thing pays." in content
    assert "10 minutes" in content
    assert "Step 1 of 3" in content
    assert content.count("btn-primary") == 1
    assert "Do the second thing" not in content


def test_without_a_goal_the_three_questions_are_offered(reader: Client, enrollment: Enrollment) -> None:
    assert reverse("my-goal", args=[enrollment.pk]) in page(reader)


def test_the_goal_is_in_sight(reader: Client, enrollment: Enrollment) -> None:
    write_goal(enrollment=enrollment, goal="Five tested backups", goal_by=None, goal_why="", by=None, now=NOW)
    assert "Five tested backups" in page(reader)


def test_several_vendors_are_gathered_on_one_page(reader: Client, enrollment: Enrollment, user: User) -> None:
    other = make_vendor(name="Beta")
    make_enrollment(make_partner(other, user=user), version=make_version(other, steps=["beta"]))
    content = page(reader)
    assert "Acme" in content
    assert "Beta" in content
    assert "Do the beta thing" in content
    assert content.count("btn-primary") == 1


def test_what_waits_on_the_vendor_says_so_and_since_when(reader: Client, enrollment: Enrollment) -> None:
    step = enrollment.progress.in_play().get()
    walking.get_stuck(progress=step, reason="No login", by=None, now=NOW - timedelta(hours=5))
    content = page(reader)
    assert "Waiting on others" in content
    assert "Acme’s turn" in content
    assert "5 hours ago" in content
    assert "btn-primary" not in content


def test_what_was_put_off_is_not_pushed_before_its_time(reader: Client, enrollment: Enrollment, clock: Clock) -> None:
    step = enrollment.progress.in_play().get()
    putting_off.remind_later(progress=step, until=NOW + timedelta(hours=20), by=None, now=NOW)
    assert "That’s it for today" in page(reader)
    clock.move(hours=21)
    assert "btn-primary" in page(reader)


def test_a_finished_walk_stays_in_sight(reader: Client, enrollment: Enrollment) -> None:
    for _ in range(3):
        walking.complete(progress=enrollment.progress.in_play().get(), by=None, now=NOW)
    content = page(reader)
    assert "All steps done" in content
    assert "Finished on" in content


def test_a_sponsor_sees_what_they_promised_their_first_line(user: User, reader: Client) -> None:
    vendor = make_vendor()
    sponsor = make_partner(vendor, user=user)
    newcomer = make_partner(vendor, company="Newcomer", sponsor=sponsor)
    make_enrollment(newcomer, version=make_version(vendor, steps=[{"key": "call", "who": "sponsor"}]))
    content = page(reader)
    assert "Your turn as sponsor" in content
    assert "Newcomer" in content


def test_a_sponsors_step_falls_to_the_vendor_where_there_is_no_sponsor() -> None:
    vendor = make_vendor()
    version = make_version(vendor, steps=[{"key": "call", "who": "sponsor"}])
    step = make_enrollment(make_partner(vendor), version=version).progress.get()
    assert step.turn == "vendor"
    assert walking.complete(progress=step, by=None, now=NOW)


def test_nobody_else_and_nobody_who_left_sees_anything(user: User, enrollment: Enrollment) -> None:
    assert today_of(make_user(), language="en", now=NOW).walks == []
    enrollment.partner.contacts.update(left_at=NOW)
    assert today_of(user, language="en", now=NOW).walks == []


def test_a_person_with_no_walk_is_told_what_comes(reader: Client) -> None:
    assert "Nothing to do yet" in page(reader)


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(TODAY).status_code == 302
    assert client.post(TODAY).status_code == 405


@pytest.mark.parametrize("path", [TODAY, "/my/steps/"])
def test_queries_do_not_grow_with_steps_or_enrollments(
    path: str, reader: Client, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def walk(steps: int) -> Partner:
        vendor = make_vendor()
        partner = make_partner(vendor, user=user)
        make_enrollment(partner, version=make_version(vendor, steps=[f"s{number}" for number in range(steps)]))
        return partner

    walk(2)
    reader.get(path)
    with django_assert_num_queries(20, exact=False) as few:  # type: ignore[call-arg]
        reader.get(path)
    for _ in range(4):
        walk(12)
    with django_assert_num_queries(len(few.captured_queries)) as many:
        reader.get(path)
    assert len(many.captured_queries) <= 10


def test_all_steps_lists_what_is_done_and_what_comes(reader: Client, enrollment: Enrollment) -> None:
    walking.complete(progress=enrollment.progress.in_play().get(), by=None, now=NOW)
    content = page(reader, "/my/steps/")
    positions = [content.index(f"Do the {key} thing") for key in ("first", "second", "third")]
    assert positions == sorted(positions)
    assert "my-steps-done" in content
    assert "my-steps-locked" in content
    assert "Your turn" in content


def test_all_steps_leaves_out_what_the_profile_excludes(reader: Client, user: User) -> None:
    def only(country: str) -> list[dict[str, object]]:
        return [{"about": "country", "how": "in", "values": [country]}]

    vendor = make_vendor()
    steps = ("first", {"key": "french", "condition": only("FR")}, {"key": "german", "condition": only("DE")})
    partner = make_partner(vendor, user=user, country="DE")
    make_enrollment(partner, version=make_version(vendor, steps=steps))
    content = page(reader, "/my/steps/")
    assert "Do the french thing" not in content
    assert "Do the german thing" in content
    assert "0 of 2 steps" in content
    edit_partner(partner=partner, changes={"country": ""}, by=partner.manager.user, now=NOW)
    assert "0 of 3 steps" in page(reader, "/my/steps/")  # it is not known yet whom it concerns


def test_all_steps_marks_what_is_not_the_readers_to_do(reader: Client, user: User) -> None:
    vendor = make_vendor(name="Nordlicht")
    partner = make_partner(vendor, user=user, sponsor=make_partner(vendor))
    steps = ({"key": "account", "who": "vendor"}, {"key": "visit", "who": "sponsor"}, {"key": "own"})
    make_enrollment(partner, version=make_version(vendor, steps=steps))
    content = page(reader, "/my/steps/")
    assert content.count("Nordlicht does this") == 1
    assert content.count("Your sponsor does this") == 1
    walking.complete(progress=partner.enrollments.get().progress.get(position=0), by=None, now=NOW, side="vendor")
    assert "Nordlicht does this · Done · " in page(reader, "/my/steps/")


def test_each_vendor_is_seen_in_its_own_colour_where_a_page_speaks_for_several(
    reader: Client, enrollment: Enrollment, user: User
) -> None:
    assert "?part" not in page(reader)
    other = make_enrollment(make_partner(make_vendor("other-one", name="Other", colour="#123456"), user=user))
    for path in (TODAY, "/my/steps/"):
        content = page(reader, path)
        assert "/brand/other-one.css?part&amp;123456" in content
        assert f"/brand/{enrollment.vendor.slug}.css?part&amp;" in content
        assert "brand-other-one" in content
    colours = reader.get("/brand/other-one.css?part&123456").content.decode()
    assert colours.startswith(".brand-other-one {")
    assert ":root" not in colours
    step = page(reader, f"/my/steps/{other.progress.in_play().get().pk}/")
    assert "/brand/other-one.css?123456" in step


@pytest.mark.parametrize("path", [TODAY, "/my/steps/", "/my/calendar/"])
def test_every_page_wears_the_name_of_the_only_vendor(
    path: str, reader: Client, enrollment: Enrollment, user: User
) -> None:
    def head() -> str:
        return page(reader, path).split('class="fl-brand"')[1].split("</a>")[0]

    for step in enrollment.progress.all():
        walking.complete(progress=step, by=None, now=NOW)
    assert "Acme</span>" in head()
    make_enrollment(make_partner(make_vendor(name="Beta"), user=user))
    make_enrollment(make_partner(make_vendor(name="Gamma"), user=user))
    assert "Firstline</span>" in head()


def test_whose_turn_names_the_vendor_once(reader: Client, enrollment: Enrollment) -> None:
    walking.get_stuck(progress=enrollment.progress.in_play().get(), reason="No login", by=None, now=NOW)
    row = page(reader).split('class="fl-row"')[1].split("</li>")[0]
    assert row.count("Acme") == 1


def test_why_now_stands_beside_the_goal(reader: Client, enrollment: Enrollment) -> None:
    why = "One has lost a server"
    write_goal(enrollment=enrollment, goal="Five tested backups", goal_by=None, goal_why=why, by=None, now=NOW)
    assert "Why now: “One has lost a server”" in page(reader)
