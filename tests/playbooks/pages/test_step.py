import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.models import Activity, User
from playbooks import walking
from playbooks.models import Enrollment, Progress
from playbooks.pages.words import LONGEST
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment(user: User) -> Enrollment:
    vendor = make_vendor(name="Acme")
    steps: list[str | dict[str, object]] = [
        {"key": "first", "tools": ["A **phone**"], "skills": ["None"], "when": "This morning"},
        "second",
    ]
    return make_enrollment(make_partner(vendor, user=user), version=make_version(vendor, steps=steps))


@pytest.fixture
def reader(client: Client, user: User, clock: Clock) -> Client:
    client.force_login(user)
    return client


def current(enrollment: Enrollment) -> Progress:
    return enrollment.progress.in_play().get()


def at(progress: Progress, act: str = "") -> str:
    return f"/my/steps/{progress.pk}/{act}"


def test_the_page_says_why_first_then_how_and_the_rest(reader: Client, enrollment: Enrollment) -> None:
    content = reader.get(at(current(enrollment))).content.decode()
    words = ["Do the first thing", "The first thing pays.", "Open it.", "Close it.", "No time", "It is closed."]
    places = [content.index(word) for word in words]
    assert places == sorted(places)
    for word in ("This morning", "A <strong>phone</strong>", "Take ten minutes.", "Remind me tomorrow", "I’m stuck"):
        assert word in content
    assert content.count("btn-primary") == 1


def test_reading_changes_nothing(reader: Client, enrollment: Enrollment) -> None:
    before = Activity.objects.count()
    reader.get(at(current(enrollment)))
    reader.head(at(current(enrollment)))
    assert Activity.objects.count() == before
    assert current(enrollment).position == 0


def test_done_goes_straight_to_the_next_step(reader: Client, enrollment: Enrollment, user: User) -> None:
    first = current(enrollment)
    response = reader.post(at(first, "done/"), follow=True)
    assert response.redirect_chain == [(at(current(enrollment)), 302)]
    assert "That makes 1 of 2" in response.content.decode()
    first.refresh_from_db()
    assert (first.state, first.settled_by, first.settled_at) == ("done", user, NOW)


def test_done_twice_and_from_the_back_button_is_done_once(reader: Client, enrollment: Enrollment) -> None:
    first = current(enrollment)
    reader.post(at(first, "done/"))
    response = reader.post(at(first, "done/"))
    assert response["Location"] == at(current(enrollment))
    assert current(enrollment).position == 1
    assert Activity.objects.filter(kind="done").count() == 1


def test_after_the_last_step_comes_today(reader: Client, enrollment: Enrollment) -> None:
    reader.post(at(current(enrollment), "done/"))
    response = reader.post(at(current(enrollment), "done/"))
    assert response["Location"] == "/my/"


def test_a_later_step_can_be_read_but_not_done(reader: Client, enrollment: Enrollment) -> None:
    later = enrollment.progress.get(position=1)
    assert "This step comes later" in reader.get(at(later)).content.decode()
    response = reader.post(at(later, "done/"), follow=True)
    assert "not open right now" in response.content.decode()
    later.refresh_from_db()
    assert later.state == "locked"


def test_a_picked_obstacle_is_answered_first_and_the_step_stays_open(reader: Client, enrollment: Enrollment) -> None:
    response = reader.post(at(current(enrollment), "stuck/"), {"obstacle": "1", "reason": ""})
    assert response["Location"] == at(current(enrollment)) + "?obstacle=1#answer"
    assert response.cookies["draft_sent"].value.endswith(".stuck")  # nothing typed waits to be sent
    content = reader.get(response["Location"]).content.decode()
    assert 'id="answer"' in content
    assert "still stuck" in content
    assert current(enrollment).state == "open"


def test_own_words_beside_an_answered_obstacle_stay_theirs_to_send(reader: Client, enrollment: Enrollment) -> None:
    response = reader.post(at(current(enrollment), "stuck/"), {"obstacle": "1", "reason": "And no money"})
    assert response["Location"].endswith("#answer")
    assert "draft_sent" not in response.cookies


def test_still_stuck_passes_the_turn_to_the_vendor(reader: Client, enrollment: Enrollment) -> None:
    step = current(enrollment)
    for _ in range(2):
        reader.post(at(step, "stuck/"), {"obstacle": "1", "still": "yes"})
    step.refresh_from_db()
    assert (step.state, step.reason, step.turn) == ("stuck", "No time", "vendor")
    assert Activity.objects.filter(kind="stuck").count() == 1
    assert "knows that you are stuck" in reader.get(at(step)).content.decode()


def test_own_words_need_no_obstacle(reader: Client, enrollment: Enrollment) -> None:
    reader.post(at(current(enrollment), "stuck/"), {"obstacle": "", "reason": "The login fails."})
    assert current(enrollment).reason == "The login fails."


def test_stuck_with_too_many_words_keeps_them_and_what_was_picked(reader: Client, enrollment: Enrollment) -> None:
    words = "It fails. " + "x" * LONGEST
    for sent in ({"obstacle": "1", "still": "yes"}, {"obstacle": "1"}):
        answer = reader.post(at(current(enrollment), "stuck/"), {"reason": words, **sent})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "draft_sent" not in answer.cookies
        assert f"{words}</textarea>" in page
        assert 'id="stuck" open' in page
        assert 'name="obstacle" value="1" checked' in page
        assert f"at most {LONGEST} characters" in page
    assert current(enrollment).state == "open"


def test_stuck_in_a_step_that_is_closed_gives_the_words_back(reader: Client, enrollment: Enrollment) -> None:
    step = current(enrollment)
    walking.skip(progress=step, reason="Told", by=None, now=NOW)
    reader.post(at(step, "stuck/"), {"reason": "It fails at <six>."})
    assert "It fails at &lt;six&gt;." in reader.get(at(step)).content.decode()
    page = reader.post(at(step, "stuck/"), {"reason": "y" * (LONGEST + 1)}).content.decode()
    assert "y" * (LONGEST + 1) in page


def test_stuck_without_a_word_asks_for_one(reader: Client, enrollment: Enrollment) -> None:
    response = reader.post(at(current(enrollment), "stuck/"), {"obstacle": ""}, follow=True)
    assert response.redirect_chain[0][0].endswith("?want=stuck&missing=reason#problems")
    assert '<details class="my-stuck" id="stuck" open>' in response.content.decode()
    assert '<a href="#stuck-reason">Say in a few words' in response.content.decode()
    assert current(enrollment).state == "open"


def test_the_vendors_answer_stands_on_the_page(reader: Client, enrollment: Enrollment) -> None:
    step = current(enrollment)
    manager = make_member(enrollment.vendor, user=make_user(name="Jana"))
    walking.get_stuck(progress=step, reason="No login", by=None, now=NOW)
    walking.help_on(progress=step, answer="Use **this** one.", by=manager.user, now=NOW)
    content = reader.get(at(step)).content.decode()
    assert "Jana answered" in content
    assert "Use <strong>this</strong> one." in content


def test_tomorrow_puts_the_step_off_once(reader: Client, enrollment: Enrollment) -> None:
    for _ in range(2):
        assert reader.post(at(current(enrollment), "later/"))["Location"] == "/my/"
    assert current(enrollment).snoozed_until is not None
    assert Activity.objects.filter(kind="snoozed").count() == 1


def test_the_vendors_step_shows_whose_turn_it_is_and_no_button(reader: Client, user: User) -> None:
    vendor = make_vendor(name="Beta")
    version = make_version(vendor, steps=[{"key": "review", "who": "vendor"}])
    step = current(make_enrollment(make_partner(vendor, user=user), version=version))
    content = reader.get(at(step)).content.decode()
    assert "This one is Beta’s turn" in content
    assert "btn-primary" not in content
    reader.post(at(step, "done/"))
    step.refresh_from_db()
    assert step.state == "open"


def test_a_sponsor_does_their_own_step_and_no_other(reader: Client, user: User) -> None:
    vendor = make_vendor()
    newcomer = make_partner(vendor, sponsor=make_partner(vendor, user=user))
    version = make_version(vendor, steps=[{"key": "call", "who": "sponsor"}, "second"])
    enrollment = make_enrollment(newcomer, version=version)
    call = current(enrollment)
    assert reader.get(at(call)).status_code == 200
    assert reader.post(at(call, "stuck/"), {"reason": "x"}).status_code == 404
    assert reader.post(at(call, "later/")).status_code == 404
    assert reader.get(at(enrollment.progress.get(position=1))).status_code == 404
    assert reader.post(at(call, "done/"))["Location"] == "/my/"
    assert Activity.objects.get(kind="done").side == "sponsor"


@pytest.mark.parametrize("act", ["", "done/", "stuck/", "later/"])
def test_an_outsider_gets_404_and_a_stranger_the_sign_in(
    act: str, client: Client, enrollment: Enrollment, clock: Clock
) -> None:
    path = at(current(enrollment), act)
    call = client.post if act else client.get
    assert call(path).status_code == 302
    for outsider in (make_user(), make_member(enrollment.vendor).user):
        client.force_login(outsider)
        assert call(path).status_code == 404
    assert current(enrollment).state == "open"


@pytest.mark.parametrize("act", ["done/", "stuck/", "later/"])
def test_acting_takes_a_post(act: str, reader: Client, enrollment: Enrollment) -> None:
    assert reader.get(at(current(enrollment), act)).status_code == 405
    assert reader.post(at(current(enrollment))).status_code == 405


def test_the_page_takes_few_queries(
    reader: Client, enrollment: Enrollment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10):
        reader.get(at(current(enrollment)))


def test_the_goal_is_written_shown_and_kept_in_the_log(reader: Client, enrollment: Enrollment) -> None:
    path = f"/my/goals/{enrollment.pk}/"
    assert "Three clients by June." in reader.get(path).content.decode()
    answers = {"goal": "Five backups", "goal_by": "2026-06-30", "goal_why": "A lost folder"}
    for _ in range(2):
        assert reader.post(path, answers)["Location"] == "/my/"
    enrollment.refresh_from_db()
    assert (enrollment.goal, str(enrollment.goal_by), enrollment.goal_why) == tuple(answers.values())
    assert Activity.objects.get(kind="goal").note == "Five backups"
    assert "Five backups" in reader.get(at(current(enrollment))).content.decode()


def test_a_goal_lies_ahead(reader: Client, enrollment: Enrollment) -> None:
    late = {"goal": "Five backups", "goal_by": "2020-01-01", "goal_why": ""}
    page = reader.post(f"/my/goals/{enrollment.pk}/", late).content.decode()
    assert "That day is over" in page
    assert "Five backups" in page  # what was typed stays
    enrollment.refresh_from_db()
    assert enrollment.goal_by is None


def test_a_goal_needs_words_and_its_own_partner(reader: Client, enrollment: Enrollment) -> None:
    path = f"/my/goals/{enrollment.pk}/"
    assert "my-error" in reader.post(path, {"goal": " "}).content.decode()
    reader.force_login(make_user())
    assert reader.get(path).status_code == 404
    assert reader.post(path, {"goal": "x"}).status_code == 404
    assert reader.put(path).status_code == 405
