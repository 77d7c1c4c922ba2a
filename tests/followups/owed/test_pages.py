"""The vendor's queue, and the page of somebody who is stuck."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.models import FollowUp, Task
from followups.owed.figures import speed
from partners.models import Activity, Member, Partner
from playbooks import walking
from playbooks.models import Enrollment, Evidence
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_enrollment,
    make_field,
    make_member,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)
from tests.playbooks.offers.world import ask, make_offer, step_of

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Desk:
    def __init__(self) -> None:
        self.vendor = make_vendor("acme", name="Acme", country="DE", time_zone="Europe/Berlin")
        self.me = make_member(self.vendor)
        self.me.user.name = "Mara"
        self.me.user.save()
        steps: list[Any] = [{"key": "first", "offer": make_offer(), "evidence": [make_field("proof", required=False)]}]
        self.version = make_version(self.vendor, steps=[*steps, "second"])
        self.client = Client()
        self.client.force_login(self.me.user)

    def partner(self, company: str, **fields: Any) -> Any:
        partner = make_partner(self.vendor, company=company, **{"manager": self.me, **fields})
        return step_of(make_enrollment(partner, version=self.version))

    def read(self, query: str = "") -> str:
        return self.client.get(f"/v/acme/owed/{query}").content.decode()

    def rows(self, query: str = "") -> list[str]:
        page = self.client.get(f"/v/acme/owed/{query}")
        return [line.company.strip("\u2068\u2069") for line in page.context["lines"]]


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk()


def get_stuck(step: Any, reason: str = "No key", at: Any = NOW) -> Task:
    walking.get_stuck(progress=step, reason=reason, by=None, now=at, contact=step.enrollment.partner.contacts.get())
    return Task.objects.get(progress=step, ended_at=None)


def test_what_is_overdue_comes_first_each_with_one_thing_to_do(desk: Desk, clock: Clock) -> None:
    get_stuck(desk.partner("Late"), at=NOW - 7 * DAY)
    ask(desk.partner("Later"))
    get_stuck(desk.partner("Soon"), "Where is the key?")
    clock.instant = NOW + HOUR
    assert desk.rows() == ["Late", "Soon", "Later"]
    page = desk.read()
    assert "1 is overdue." in page
    assert "Where is the key?" in page
    assert [word in page for word in ("Set the day", "Write an answer", "Overdue since")] == [True] * 3
    assert desk.rows("?kind=handover") == ["Later"]
    assert desk.rows("?kind=stuck") == ["Late", "Soon"]
    assert desk.rows("?kind=nonsense") == ["Late", "Soon", "Later"]
    assert desk.rows("?kind=step") == []


def test_mine_and_everyones_and_what_falls_to_the_deputy(desk: Desk, clock: Clock) -> None:
    colleague = make_member(desk.vendor)
    get_stuck(desk.partner("Mine"))
    get_stuck(desk.partner("Theirs", manager=colleague))
    get_stuck(desk.partner("Covered", manager=colleague, deputy=desk.me))
    clock.instant = NOW + HOUR
    assert desk.rows() == ["Mine"]
    assert desk.rows("?who=everyone") == ["Mine", "Theirs", "Covered"]
    clock.instant = NOW + 3 * DAY
    assert desk.rows() == ["Mine", "Covered"]  # nobody acted in time


def test_other_vendors_see_nothing_of_it(desk: Desk) -> None:
    task = get_stuck(desk.partner("Hafen"))
    other = make_vendor("other")
    stranger = Client()
    stranger.force_login(make_member(other).user)
    assert stranger.get("/v/acme/owed/").status_code == 404
    assert stranger.get(f"/v/other/owed/{task.pk}/").status_code == 404
    assert stranger.post(f"/v/other/owed/{task.pk}/", {"answer": "Hello"}).status_code == 404
    assert "Hafen" not in stranger.get("/v/other/owed/?who=everyone").content.decode()
    assert Task.objects.get().ended_at is None


def test_it_is_paged_by_key_and_takes_as_many_queries_with_ten_rows_as_with_sixty(desk: Desk, clock: Clock) -> None:
    def count() -> int:
        desk.read("?who=everyone")
        with CaptureQueriesContext(connection) as caught:
            desk.read("?who=everyone")
        return len(caught)

    for number in range(4):
        get_stuck(desk.partner(f"Early {number}"), at=NOW - number * HOUR)
    ask(desk.partner("Handed"))
    few = count()
    for number in range(30):
        get_stuck(desk.partner(f"Partner {number}"), at=NOW - number * DAY)
    assert count() <= few <= 10  # with nothing handed over on the page it is one less
    first = desk.client.get("/v/acme/owed/?who=everyone")
    assert len(first.context["lines"]) == 25
    rest = desk.rows(first.context["page"].next + "&who=everyone")
    assert len(rest) == 10
    assert not set(rest) & {line.company for line in first.context["lines"]}


def test_who_is_stuck_stands_there_with_all_that_is_needed(desk: Desk, clock: Clock) -> None:
    step = desk.partner("Hafen", contact={"name": "Kim Contact", "phone": "+49 40 123"})
    step.enrollment.goal = "Five clients by June"
    step.enrollment.save()
    Evidence.objects.create(progress=step, step=step.step, key="proof", value="My half price list", given_at=NOW)
    get_stuck(step, "No login", at=NOW - 5 * HOUR)
    walking.help_on(progress=step, answer="Try the second one.", by=desk.me.user, now=NOW - 4 * HOUR)
    task = get_stuck(step, "The second fails, too", at=NOW - 3 * HOUR)
    page = desk.client.get(f"/v/acme/owed/{task.pk}/").content.decode()
    for words in (
        *("Kim Contact", "+49 40 123", "The second fails, too", "Five clients by June", "My half price list"),
        *("Try the second one.", "No login", "The first thing pays.", "Waiting for 3 hours"),
    ):
        assert words in page, words
    answer = desk.client.post(f"/v/acme/owed/{task.pk}/", {"answer": "Call me at two."}, follow=True)
    assert "Your answer is on its way" in answer.content.decode()
    task.refresh_from_db()
    assert (task.ending, task.ended_at) == ("done", NOW)
    assert "Waited 3 hours" in desk.client.get(f"/v/acme/owed/{task.pk}/").content.decode()
    assert "after 3 hours" in desk.client.get(f"/v/acme/partners/{step.enrollment.partner_id}/").content.decode()


def test_who_was_stuck_and_left_is_neither_called_nor_written_to(desk: Desk) -> None:
    step = desk.partner("Hafen", phone="+49 40 1", email="kim@hafen.example", contact={"phone": "+49 40 123"})
    task = get_stuck(step, "No login", at=NOW)
    assert "mailto:kim@hafen.example" in desk.client.get(f"/v/acme/owed/{task.pk}/").content.decode()
    step.enrollment.partner.contacts.update(left_at=NOW)
    page = desk.client.get(f"/v/acme/owed/{task.pk}/").content.decode()
    assert "mailto:" not in page.split('id="in-the-way"')[1].split("</section>")[0]
    assert "+49 40 123" not in page
    assert "+49 40 1<" in page


def test_a_second_answer_is_kept_and_goes_as_an_addition(desk: Desk, clock: Clock) -> None:
    step = desk.partner("Hafen")
    page = f"/v/acme/owed/{get_stuck(step, 'No login', at=NOW - HOUR).pk}/"
    first, second = {"answer": "Call me at two."}, {"answer": "Call <me> at three."}
    desk.client.post(page, first)
    assert desk.client.post(page, first).status_code == 302  # pressed twice
    clock.instant = NOW + HOUR
    refused = desk.client.post(page, second)
    assert refused.status_code == 422
    shown = refused.content.decode()
    for words in ("somebody was faster", "Call me at two.", "Call &lt;me&gt; at three.</textarea>", "as an addition"):
        assert words in shown, words
    for _ in range(2):
        sent = desk.client.post(page, {**second, "addition": "1"}, follow=True)
        assert "Your answer is on its way" in sent.content.decode()
    said = Activity.objects.filter(kind="helped").order_by("at").values_list("note", flat=True)
    assert list(said) == ["Call me at two.", "Call <me> at three."]
    assert FollowUp.objects.filter(kind="answer", progress=step).count() == 2
    walking.complete(progress=step, by=None, now=NOW + HOUR)
    late = desk.client.post(page, {"answer": "One more.", "addition": "1"})
    assert late.status_code == 422
    assert "One more.</textarea>" in late.content.decode()
    assert "Copy what you need" in late.content.decode()


def test_the_answer_to_the_obstacle_they_chose_and_why_now_stand_there(desk: Desk) -> None:
    step = desk.partner("Hafen")
    Enrollment.objects.update(goal="Five clients", goal_why="The lease ends")
    page = desk.client.get(f"/v/acme/owed/{get_stuck(step, 'No time').pk}/").content.decode()
    assert "They have read this answer already" in page
    assert "The lease ends" in page
    other = desk.client.get(f"/v/acme/owed/{get_stuck(desk.partner('Kiel'), 'My own words').pk}/").content.decode()
    assert "They have read this answer already" not in other


def test_an_answer_without_words_is_none(desk: Desk) -> None:
    task = get_stuck(desk.partner("Hafen"))
    refused = desk.client.post(f"/v/acme/owed/{task.pk}/", {"answer": " "})
    assert refused.status_code == 422
    viewer = Client()
    viewer.force_login(make_member(desk.vendor, role=Member.Role.VIEWER).user)
    assert viewer.post(f"/v/acme/owed/{task.pk}/", {"answer": "Hello"}).status_code == 403
    assert "<textarea" not in viewer.get(f"/v/acme/owed/{task.pk}/").content.decode()


def test_how_long_it_took_is_counted_over_thirty_days(desk: Desk, clock: Clock) -> None:
    assert speed(vendor=desk.vendor, now=NOW) is None
    for number, hours in enumerate((1, 2, 3, 4, 5, 6, 7, 8, 9, 100)):
        step = desk.partner(f"Partner {number}")
        get_stuck(step, at=NOW - 10 * DAY)
        walking.help_on(progress=step, answer="So.", by=None, now=NOW - 10 * DAY + hours * HOUR)
    long_ago = desk.partner("Long ago")
    get_stuck(long_ago, at=NOW - 90 * DAY)
    walking.help_on(progress=long_ago, answer="So.", by=None, now=NOW - 31 * DAY)
    alone = desk.partner("Alone")
    get_stuck(alone, at=NOW - DAY)
    walking.complete(progress=alone, by=None, now=NOW, side="partner")
    found = speed(vendor=desk.vendor, now=NOW)
    assert found is not None
    assert (found.answered, found.in_time, found.share) == (10, 9, 90)
    assert (found.median, found.slow) == (5 * HOUR, 9 * HOUR)
    page = desk.read()
    assert "Half took 5 hours or less, nine in ten 9 hours or less." in page
    assert "Within a working day: 9 (90 %)" in page


def test_a_partners_page_and_today_lead_there(desk: Desk) -> None:
    get_stuck(desk.partner("Hafen", user=make_user()))
    assert "/v/acme/owed/" in desk.client.get("/v/acme/").content.decode()
    assert Partner.objects.get(company="Hafen").manager == desk.me
