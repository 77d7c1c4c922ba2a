"""Putting a step off to tomorrow or to another day, signed in and from a mail; and what a refused form shows."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from followups.engine.cadences import make_default_cadence
from followups.models import FollowUp, Message, Suppression
from followups.preferring import choose
from followups.unsubscribing import Mailbox, read_token, unsubscribe
from partners.models import Activity, User
from playbooks.links import make_step_link
from playbooks.models import Enrollment, Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Way:
    """How a person comes to the step."""

    client: Client
    page: str
    is_signed_in: bool

    def later(self, day: str | None = None) -> tuple[int, str]:
        sent = {} if day is None else {"day": day}
        response = self.client.post(f"{self.page}later/", sent, follow=True)
        return response.status_code, response.content.decode()


@pytest.fixture
def enrollment(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor(name="Acme", time_zone="Europe/Berlin")
    make_default_cadence(vendor=vendor, now=NOW)
    steps = ({"key": "goal", "asks_for_goal": True}, {"key": "next"})
    partner = make_partner(vendor, user=user, time_zone="Pacific/Auckland")  # Tuesday, 22:00 there
    return make_enrollment(partner, version=make_version(vendor, steps=steps))


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    client = Client()
    if request.param == "signed in":
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/", is_signed_in=True)
    contact = step.enrollment.partner.contacts.get()
    link = make_step_link(contact=contact, progress=step, now=NOW)
    return Way(client, link.removeprefix("http://127.0.0.1:8000"), is_signed_in=False)


def put_off_to(step: Progress) -> datetime | None:
    step.refresh_from_db()
    return step.snoozed_until


def test_the_page_offers_tomorrow_and_a_day_until_two_weeks_ahead(way: Way) -> None:
    page = way.client.get(way.page).content.decode()
    assert "Remind me tomorrow" in page
    assert 'min="2026-03-04" max="2026-03-17"' in page
    assert 'value="2026-03-04"' in page


def test_without_a_day_it_is_tomorrow_where_they_live(way: Way, step: Progress) -> None:
    way.later()
    assert put_off_to(step) == datetime(2026, 3, 3, 20, tzinfo=UTC)  # Wednesday, nine in Auckland


def test_another_day_moves_the_reminders_and_is_shown(way: Way, step: Progress) -> None:
    status, shown = way.later("2026-03-12")
    assert status == 200
    assert put_off_to(step) == datetime(2026, 3, 11, 20, tzinfo=UTC)
    assert min(FollowUp.objects.scheduled().values_list("due_at", flat=True)) == put_off_to(step)
    if way.is_signed_in:
        assert "All right. We remind you on Thursday, 12 March, from 09:00." in shown
        assert "until Thu 12 Mar 2026 09:00" in shown
        assert "We remind you on Thursday, 12 March, from 09:00." in way.client.get(way.page).content.decode()
    else:
        assert "We remind you on Thursday, 12 March, from 09:00." in shown
        assert "This link works until then, too." in shown


def test_a_day_off_becomes_the_next_working_day_and_is_confirmed_as_that(way: Way, step: Progress) -> None:
    _status, shown = way.later("2026-03-14")  # a Saturday
    assert "We remind you on Monday, 16 March, from 09:00." in shown
    assert put_off_to(step) == datetime(2026, 3, 15, 20, tzinfo=UTC)


def test_before_a_day_off_the_button_names_the_day(way: Way, step: Progress, clock: Clock) -> None:
    clock.move(days=3)  # Friday
    offered = way.client.get(f"{way.page}?want=later").content.decode()
    assert "Remind me on Monday" in offered
    assert "Remind me tomorrow" not in offered
    assert way.is_signed_in or "no reminder comes before Monday, 9 March." in offered
    assert "We remind you on Monday, 9 March, from 09:00." in way.later()[1]


def test_what_is_planned_for_later_is_what_is_promised(way: Way, step: Progress) -> None:
    FollowUp.objects.update(due_at=datetime(2026, 3, 5, 1, 30, tzinfo=UTC))
    assert "We remind you on Thursday, 5 March, from 14:30." in way.later()[1]


def test_who_asked_for_one_a_week_is_reminded_of_what_they_put_off_when_they_asked(way: Way, step: Progress) -> None:
    vendor = step.enrollment.vendor
    contact = step.enrollment.partner.contacts.get()
    sent = {"kind": "reminder", "state": "accepted", "not_before": NOW, "created_at": NOW, "finished_at": NOW}
    Message.objects.create(key="before", vendor=vendor, to_address=contact.email, **sent)
    choose(mailbox=Mailbox(vendor, contact.email), amounts={"partner": "fewer"}, now=NOW)
    way.later()
    shown = way.client.get(way.page).content.decode()
    assert "We remind you on Thursday, 5 March, from 09:00." in shown  # when it was planned, and no week later
    assert "You asked for at most one reminder a week." in shown


@pytest.mark.parametrize("how", ["stopped", "none of these", "came back"])
def test_who_gets_no_reminders_is_promised_none_and_led_to_where_they_are_chosen(
    way: Way, step: Progress, how: str
) -> None:
    mailbox = Mailbox(step.enrollment.vendor, step.enrollment.partner.contacts.get().email)
    if how == "stopped":
        unsubscribe(mailbox=mailbox, now=NOW)
    elif how == "none of these":
        choose(mailbox=mailbox, amounts={"partner": "none"}, now=NOW)
    else:
        Suppression.objects.create(address=mailbox.address, reason="bounced", created_at=NOW)
    # The link says when it was made, to the second: what it leads to is what counts.
    door = re.compile(r'<a href="[^"]*/l/u/([^"/]+)/">Switch them on here</a>')
    words = "No reminder can reach you:" if how == "came back" else "Your reminders are off."
    way_back = how != "came back"
    for address in (way.page, f"{way.page}?want=later"):
        offered = way.client.get(address).content.decode()
        assert offered.count(words) == 1
        assert [read_token(token) for token in door.findall(offered)] == [mailbox] * way_back
        assert "Remind me" not in offered
    told = way.later()[1]  # from a page that was open before
    assert "We remind you" not in told
    assert way.is_signed_in or told.count(words) == 1


def test_an_earlier_day_brings_the_reminders_back(way: Way, step: Progress) -> None:
    way.later("2026-03-16")
    way.later("2026-03-12")
    first, second = FollowUp.objects.scheduled().order_by("due_at").values_list("due_at", flat=True)
    assert (first, second) == (put_off_to(step), first + timedelta(days=1))
    assert Activity.objects.filter(kind="snoozed").count() == 2


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-03-03", "Choose a day from tomorrow on."),
        ("2026-03-18", "Choose a day until 17 March 2026: that is two weeks ahead."),
        ("", "Choose a day."),
        ("soon", "Choose a day from the calendar."),
    ],
)
def test_a_day_that_cannot_be_is_refused_beside_its_field(way: Way, step: Progress, day: str, words: str) -> None:
    status, shown = way.later(day)
    assert status == 422
    assert '<div class="my-problems" id="problems" role="alert" tabindex="-1" autofocus>' in shown
    assert f'<a href="#id_day">Which day? – {words}</a>' in shown
    assert '<details class="my-stuck" id="another-day" open>' in shown
    assert f'name="day" value="{day}"' in shown or not day
    assert put_off_to(step) is None
    assert shown.count("my-error") == 1  # the form of the goal is not called wrong


def test_a_goal_that_is_missing_is_said_above_its_form_and_what_was_typed_stays(way: Way) -> None:
    typed = {"goal": " ", "goal_why": "One asked <me>"}
    response = way.client.post(f"{way.page}done/", typed)
    shown = response.content.decode()
    assert response.status_code == 422
    problems = shown.index('id="problems" role="alert" tabindex="-1" autofocus')
    assert shown.index('id="goal"') < problems < shown.index('name="goal"')
    assert '<a href="#id_goal">What do you want out of it?' in shown
    assert "One asked &lt;me&gt;" in shown
    assert shown.count("autofocus") == 1


def test_a_link_that_ends_before_the_day_says_so(user: User, step: Progress, clock: Clock) -> None:
    contact = step.enrollment.partner.contacts.get()
    page = make_step_link(contact=contact, progress=step, now=NOW).removeprefix("http://127.0.0.1:8000")
    clock.move(days=5)
    shown = Client().post(f"{page}later/", {"day": "2026-03-20"}, follow=True).content.decode()
    assert "That mail brings you a fresh link." in shown
    assert "This link works until then" not in shown


def test_the_mails_offer_leads_to_both(way: Way) -> None:
    shown = way.client.get(f"{way.page}?want=later").content.decode()
    assert '<details class="my-stuck" id="another-day" open>' in shown
    assert way.is_signed_in or '<a class="btn btn-link" href="#another-day">Another day</a>' in shown


def test_the_page_after_done_promises_the_next_reminder_or_says_that_they_are_off(step: Progress) -> None:
    contact = step.enrollment.partner.contacts.get()
    page = make_step_link(contact=contact, progress=step, now=NOW).removeprefix("http://127.0.0.1:8000")
    done = Client().post(f"{page}done/", {"goal": "Five backups"}, follow=True).content.decode()
    assert "No time now? We remind you on Wednesday, 4 March, from 22:00." not in done
    assert "No time now? We remind you on Thursday, 5 March, from 09:00." in done
    unsubscribe(mailbox=Mailbox(step.enrollment.vendor, contact.email), now=NOW)
    off = Client().get(page).content.decode()
    assert "Your reminders are off." in off
    assert "We remind you" not in off
