"""Fewer, none or all, by kind, behind the link at the end of every mail; and the engine keeps to it."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.models import FollowUp, Message, Touch, Wish
from followups.preferring import choose, kinds_for
from followups.unsubscribing import Mailbox, unsubscribe_url
from partners.models import Partner
from playbooks import putting_off
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor, make_version
from tests.followups.engine.mails import DUE

pytestmark = pytest.mark.django_db
COPIED = ("vendor", "partner", "enrollment", "progress", "contact", "anchor_at", "time_zone", "policy_version")
HANNA = "hanna@hafen.example"
WEEK = timedelta(days=7)


@pytest.fixture
def partner(clock: Clock) -> Partner:
    vendor = make_vendor("nordlicht", name="Nordlicht", time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=vendor, now=NOW)
    return make_partner(vendor, email=HANNA)


@pytest.fixture
def mailbox(partner: Partner) -> Mailbox:
    return Mailbox(partner.vendor, HANNA)


@pytest.fixture
def path(partner: Partner) -> str:
    return urlsplit(unsubscribe_url(vendor=partner.vendor, address=HANNA)).path


def chosen() -> list[tuple[str, str]]:
    return list(Wish.objects.order_by("about").values_list("about", "amount"))


def become_sponsor(partner: Partner) -> Partner:
    return make_partner(partner.vendor, sponsor=partner, email="nils@nebel.example")


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client: Client, path: str, method: str) -> None:
    response = getattr(client, method)(path, {"save": "yes", "partner": "none"})
    assert response.status_code == 200
    assert chosen() == []


def test_only_the_kinds_that_can_reach_the_reader_are_offered(mailbox: Mailbox, partner: Partner) -> None:
    assert kinds_for(mailbox) == ["partner"]
    become_sponsor(partner)
    assert kinds_for(mailbox) == ["partner", "sponsor"]
    make_member(partner.vendor, user=make_user(HANNA))
    assert kinds_for(mailbox) == ["partner", "sponsor", "manager"]
    assert kinds_for(Mailbox(make_vendor(), HANNA)) == []


def test_none_is_offered_where_it_differs_from_stopping_everything(client: Client, path: str, partner: Partner) -> None:
    differs = "“None” above is about one kind"
    alone = client.get(path).content.decode()
    assert 'value="none"' not in alone
    assert differs not in alone
    become_sponsor(partner)
    several = client.get(path).content.decode()
    assert several.count('value="none"') == 2
    assert differs in several


def test_choosing_and_choosing_again(client: Client, path: str, partner: Partner) -> None:
    become_sponsor(partner)
    saved = client.post(path, {"save": "yes", "partner": "fewer", "sponsor": "none"}, follow=True)
    assert "Saved." in saved.content.decode()
    assert chosen() == [("partner", "fewer"), ("sponsor", "none")]
    page = client.get(path).content.decode()
    assert page.count("checked") == 2
    client.post(path, {"save": "yes", "partner": "", "sponsor": "fewer"})
    assert chosen() == [("sponsor", "fewer")]


def test_what_is_none_of_the_answers_changes_nothing(client: Client, path: str) -> None:
    assert client.post(path, {"save": "yes", "partner": "hourly"}).status_code == 422
    client.post(path, {"save": "yes", "manager": "none"})  # a kind they were not asked about
    assert chosen() == []


def test_one_click_still_stops_everything(path: str, client: Client) -> None:
    client.post(path, {"List-Unsubscribe": "One-Click"})
    assert "No more reminders" in client.get(path).content.decode()


def test_none_of_a_kind(mailbox: Mailbox, partner: Partner) -> None:
    Touch.objects.filter(kind="remind-48h").update(to="sponsor")
    brought = become_sponsor(partner)
    make_enrollment(partner, version=make_version(partner.vendor))
    make_enrollment(brought, version=make_version(partner.vendor, slug="other", default=False))
    choose(mailbox=mailbox, amounts={"sponsor": "none"}, now=NOW)
    FollowUp.objects.update(due_at=DUE)
    decide_batch(now=DUE)
    about_hanna = FollowUp.objects.filter(contact__email=HANNA).order_by("kind")
    assert [(row.kind, row.state, row.reason) for row in about_hanna] == [
        ("remind-24h", "decided", "sent_alone"),
        ("remind-48h", "suppressed", "not_wanted"),
    ]


def test_fewer_is_one_a_week(mailbox: Mailbox, partner: Partner) -> None:
    make_enrollment(partner)
    choose(mailbox=mailbox, amounts={"partner": "fewer"}, now=NOW)
    decide_batch(now=DUE)
    Message.objects.update(state="accepted", finished_at=DUE)
    decide_batch(now=DUE + timedelta(days=1))
    second = FollowUp.objects.get(kind="remind-48h")
    assert (second.state, second.held or second.reason, second.due_at) == ("scheduled", "fewer_wanted", DUE + WEEK)


def test_what_they_asked_for_comes_all_the_same(mailbox: Mailbox, partner: Partner) -> None:
    enrollment = make_enrollment(partner)
    progress = enrollment.progress.get(position=0)
    FollowUp.objects.all().delete()
    Message.objects.create(
        key="before",
        kind="reminder",
        vendor=partner.vendor,
        to_address=HANNA,
        state="accepted",
        not_before=NOW,
        created_at=NOW,
        finished_at=NOW,
    )
    choose(mailbox=mailbox, amounts={"partner": "fewer"}, now=NOW)
    putting_off.remind_later(progress=progress, until=DUE, by=None, now=NOW)
    decide_batch(now=DUE)
    assert FollowUp.objects.get().state == "decided"


def test_a_planned_reminder_that_they_put_off_comes_when_they_asked(mailbox: Mailbox, partner: Partner) -> None:
    """Although they had one this week; the one after it waits for the next."""
    progress = make_enrollment(partner).progress.get(position=0)
    choose(mailbox=mailbox, amounts={"partner": "fewer"}, now=NOW)
    decide_batch(now=DUE)
    Message.objects.update(state="accepted", finished_at=DUE)
    tomorrow = DUE + timedelta(days=1, hours=1)
    putting_off.remind_later(progress=progress, until=tomorrow, by=None, now=DUE)
    third = Touch.objects.create(cadence=partner.vendor.cadences.get(), kind="third", after_hours=72)
    FollowUp.objects.create(
        **{name: getattr(FollowUp.objects.get(kind="remind-48h"), name) for name in COPIED},
        kind=third.kind,
        due_at=tomorrow + timedelta(days=1),
        offset=timedelta(hours=72),
    )
    decide_batch(now=tomorrow)
    assert FollowUp.objects.get(kind="remind-48h").state == "decided"
    Message.objects.exclude(state="accepted").update(state="accepted", finished_at=tomorrow)
    decide_batch(now=tomorrow + timedelta(days=1))
    held = FollowUp.objects.get(kind="third")
    assert (held.state, held.held, held.due_at) == ("scheduled", "fewer_wanted", tomorrow + WEEK)


def test_somebody_elses_choice_is_not_theirs(mailbox: Mailbox, partner: Partner) -> None:
    make_enrollment(partner)
    for other in (Mailbox(make_vendor(), HANNA), Mailbox(partner.vendor, "someone@else.example")):
        choose(mailbox=other, amounts={"partner": "none"}, now=NOW)
    decide_batch(now=DUE)
    assert FollowUp.objects.get(kind="remind-24h").state == "decided"
