import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from partners.models import Activity, AuditEntry, Contact
from playbooks.links import LIFETIME, make_step_link, open_step_link
from playbooks.models import Enrollment, Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment(clock: Clock) -> Enrollment:
    vendor = make_vendor(name="Acme", reply_to="help@acme.example")
    return make_enrollment(make_partner(vendor, email="kim@example.com"))


@pytest.fixture
def mailed(enrollment: Enrollment) -> str:
    return link_to(current(enrollment))


def current(enrollment: Enrollment) -> Progress:
    return enrollment.progress.in_play().get()


def link_to(progress: Progress) -> str:
    contact = Contact.objects.get(partner=progress.enrollment.partner)
    return make_step_link(contact=contact, progress=progress, now=NOW).removeprefix("http://127.0.0.1:8000")


def facts() -> object:
    return (
        list(Progress.objects.order_by("pk").values()),
        Activity.objects.count(),
        AuditEntry.objects.count(),
        len(mail.outbox),
    )


def test_the_link_shows_the_step_without_a_login(client: Client, mailed: str) -> None:
    response = client.get(mailed)
    content = response.content.decode()
    assert "Do the first thing" in content
    assert f"{mailed}done/" in content
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.parametrize("act", ["", "goal/"])
def test_a_mail_scanner_changes_nothing(act: str, client: Client, mailed: str) -> None:
    before = facts()
    assert client.get(mailed + act).status_code == 200
    assert client.head(mailed + act).status_code == 200
    assert facts() == before


@pytest.mark.parametrize("act", ["done/", "stuck/", "later/", "fresh/"])
def test_an_address_that_acts_takes_no_get(act: str, client: Client, mailed: str) -> None:
    before = facts()
    assert client.get(mailed + act).status_code == 405
    assert client.head(mailed + act).status_code == 405
    assert client.post(mailed).status_code == 405
    assert facts() == before


def test_done_from_the_mail_shows_the_next_step_behind_a_fresh_link(
    client: Client, mailed: str, enrollment: Enrollment
) -> None:
    content = client.post(f"{mailed}done/", follow=True).content.decode()
    assert "Well done" in content
    assert "1 of 3 steps" in content
    links = re.findall(r'href="(/l/[^"]+)" ?', content)
    fresh = next(link for link in links if link != mailed)
    assert open_step_link(fresh.split("/")[2], now=NOW).progress == current(enrollment)
    done = Activity.objects.get(kind="done")
    assert (done.actor, done.actor_name, done.side) == (None, "Kim Contact", "partner")


def test_done_twice_is_done_once(client: Client, mailed: str, enrollment: Enrollment) -> None:
    for _ in range(2):
        assert client.post(f"{mailed}done/")["Location"] == mailed
    assert Activity.objects.filter(kind="done").count() == 1
    assert current(enrollment).position == 1


def test_a_used_link_explains_itself(client: Client, mailed: str, clock: Clock) -> None:
    client.post(f"{mailed}done/")
    clock.move(days=3)
    content = client.get(mailed).content.decode()
    assert "You have done this one already" in content
    assert "Do the second thing" in content


def test_it_acts_where_the_browser_sends_no_referrer(mailed: str, enrollment: Enrollment) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    strict.post(f"{mailed}done/")
    assert current(enrollment).position == 1


def test_stuck_from_the_mail_is_answered_then_passed_on(client: Client, mailed: str, enrollment: Enrollment) -> None:
    answered = client.post(f"{mailed}stuck/", {"obstacle": "1"})
    assert "Take ten minutes." in client.get(answered["Location"]).content.decode()
    assert current(enrollment).state == "open"
    client.post(f"{mailed}stuck/", {"obstacle": "1", "still": "yes"})
    assert current(enrollment).state == "stuck"
    assert "knows that you are stuck" in client.get(mailed).content.decode()


def test_later_from_the_mail(client: Client, mailed: str, enrollment: Enrollment) -> None:
    content = client.post(f"{mailed}later/", follow=True).content.decode()
    assert current(enrollment).snoozed_until == NOW.replace(day=4, hour=8)  # nine o'clock in Berlin
    assert "We remind you on Wednesday, 4 March, from 09:00." in content


def test_the_goal_from_the_mail(client: Client, mailed: str, enrollment: Enrollment) -> None:
    assert client.post(f"{mailed}goal/", {"goal": "Five backups"})["Location"] == mailed
    enrollment.refresh_from_db()
    assert enrollment.goal == "Five backups"
    assert Activity.objects.get(kind="goal").actor_name == "Kim Contact"


def test_the_page_speaks_the_contacts_language(client: Client, mailed: str) -> None:
    Contact.objects.update(language="de")
    response = client.get(mailed, headers={"accept-language": "en"})
    assert response["Content-Language"] == "de"
    assert '<html lang="de"' in response.content.decode()


@pytest.mark.parametrize("act", ["done/", "stuck/", "later/", "goal/"])
def test_an_expired_link_does_nothing_and_offers_a_fresh_one(
    act: str, client: Client, mailed: str, clock: Clock
) -> None:
    clock.set(NOW + LIFETIME)
    before = facts()
    assert client.post(mailed + act)["Location"] == mailed
    response = client.get(mailed)
    assert response.status_code == 410
    assert "k…@example.com" in response.content.decode()
    assert "kim@example.com" not in response.content.decode()
    assert facts() == before


def test_a_fresh_link_goes_to_the_same_address_once(
    client: Client, mailed: str, clock: Clock, enrollment: Enrollment
) -> None:
    clock.set(NOW + LIFETIME)
    for _ in range(2):
        page = client.post(f"{mailed}fresh/", follow=True)
        assert "on its way" in page.content.decode()
    assert [message.to for message in mail.outbox] == [["kim@example.com"]]
    assert mail.outbox[0].reply_to == ["help@acme.example"]
    found = re.search(r"/l/(\S+)/", str(mail.outbox[0].body))
    assert found is not None
    assert open_step_link(found[1], now=clock.instant).progress == current(enrollment)
    clock.move(minutes=11)
    client.post(f"{mailed}fresh/")
    assert len(mail.outbox) == 2


def test_a_link_that_works_needs_no_fresh_one(client: Client, mailed: str) -> None:
    assert client.post(f"{mailed}fresh/")["Location"] == mailed
    assert mail.outbox == []


@pytest.mark.parametrize("act", ["", "done/", "stuck/", "later/", "goal/", "fresh/"])
def test_an_altered_link_is_404_and_does_nothing(act: str, client: Client, mailed: str) -> None:
    before = facts()
    altered = f"{mailed[:-2]}/{act}"
    response = client.post(altered) if act else client.get(altered)
    assert response.status_code == 404
    assert "This link does not work" in response.content.decode()
    assert facts() == before


def test_a_link_to_a_step_that_is_not_open_says_so(client: Client, enrollment: Enrollment) -> None:
    later = enrollment.progress.get(position=2)
    assert "not open yet" in client.get(link_to(later)).content.decode()
    client.post(f"{link_to(later)}done/")
    later.refresh_from_db()
    assert later.state == "locked"


def test_a_playbook_that_was_ended_says_so(client: Client, mailed: str, enrollment: Enrollment) -> None:
    Enrollment.objects.update(state="stopped", ended_at=NOW)
    client.post(f"{mailed}done/")
    content = client.get(mailed).content.decode()
    assert "has ended this playbook" in content
    assert "btn-primary" not in content
    assert not enrollment.progress.settled().exists()


def test_after_the_last_step_there_is_no_next(client: Client, clock: Clock) -> None:
    vendor = make_vendor()
    enrollment = make_enrollment(make_partner(vendor), version=make_version(vendor, steps=["only"]))
    content = client.post(f"{link_to(current(enrollment))}done/", follow=True).content.decode()
    assert "the last step" in content


def test_what_waits_on_the_vendor_is_said_after_done(client: Client, clock: Clock) -> None:
    vendor = make_vendor(name="Acme")
    version = make_version(vendor, steps=["first", {"key": "review", "who": "vendor"}])
    enrollment = make_enrollment(make_partner(vendor), version=version)
    content = client.post(f"{link_to(current(enrollment))}done/", follow=True).content.decode()
    assert "Now it is Acme’s turn" in content
    assert clock.instant - NOW < timedelta(days=1)


def test_words_that_were_sent_to_an_expired_link_are_shown_to_be_copied(
    client: Client, mailed: str, clock: Clock
) -> None:
    clock.set(NOW + LIFETIME + timedelta(seconds=1))
    before = facts()
    answer = client.post(f"{mailed}stuck/", {"reason": "My partner is <against> it", "obstacle": ""})
    assert answer.status_code == 410
    assert "My partner is &lt;against&gt; it" in answer.content.decode()
    assert facts() == before
