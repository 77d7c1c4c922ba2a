"""What is typed into a form whose reader's session has ended, where the browser runs no scripts."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from partners.kept import FOR, KEPT, MOST_LETTERS
from partners.models import User
from playbooks.models import Enrollment, Progress
from tests.clock import Clock
from tests.factories import (
    NOW,
    make_contact,
    make_enrollment,
    make_field,
    make_partner,
    make_user,
    make_vendor,
    make_version,
)

pytestmark = pytest.mark.django_db

WORDS = "Three said yes, one wants a call"


@pytest.fixture
def enrollment(user: User) -> Enrollment:
    vendor = make_vendor(name="Acme")
    steps: list[str | dict[str, object]] = [{"key": "first", "evidence": [make_field("what")]}, "second"]
    return make_enrollment(make_partner(vendor, user=user), version=make_version(vendor, steps=steps))


@pytest.fixture
def progress(enrollment: Enrollment) -> Progress:
    return enrollment.progress.in_play().get()


def draft_on(page: str) -> str:
    return page.split('name="draft" value="', 1)[1].split('"', 1)[0]


def page_of(client: Client, progress: Progress) -> str:
    return client.get(f"/my/steps/{progress.pk}/").content.decode()


@pytest.fixture
def draft(client: Client, user: User, progress: Progress, clock: Clock) -> str:
    """The name of the step's form, as somebody signed in has it before them; they are signed out now."""
    client.force_login(user)
    found = draft_on(page_of(client, progress))
    client.logout()
    return found


def send(client: Client, progress: Progress, draft: str, *, words: str = WORDS) -> str:
    sent = {"evidence-what": words, "draft": draft}
    answer = client.post(f"/my/steps/{progress.pk}/done/", sent)
    assert answer.status_code == 302
    return str(answer["Location"])


def test_it_leads_to_the_sign_in_and_back_to_the_page(client: Client, progress: Progress, draft: str) -> None:
    assert send(client, progress, draft) == f"/accounts/login/?next=/my/steps/{progress.pk}/"


def test_it_is_back_after_signing_in_and_nothing_was_sent(
    client: Client, user: User, progress: Progress, draft: str
) -> None:
    send(client, progress, draft)
    client.force_login(user)
    page = page_of(client, progress)
    assert WORDS in page
    assert "It was not sent, because your sign-in had expired" in page
    assert "my-error" not in page
    progress.refresh_from_db()
    assert progress.state == "open"


def test_it_is_gone_once_it_has_arrived(client: Client, user: User, progress: Progress, draft: str) -> None:
    send(client, progress, draft)
    client.force_login(user)
    client.post(f"/my/steps/{progress.pk}/done/", {"evidence-what": WORDS, "draft": draft})
    progress.refresh_from_db()
    assert progress.state == "done"
    assert KEPT not in client.session


def test_somebody_else_on_the_device_does_not_see_it(
    client: Client, enrollment: Enrollment, progress: Progress, draft: str
) -> None:
    send(client, progress, draft)
    other = make_user(name="Lee")
    make_contact(enrollment.partner, user=other)
    client.force_login(other)
    assert WORDS not in page_of(client, progress)


def test_another_browser_does_not_have_it(client: Client, user: User, progress: Progress, draft: str) -> None:
    send(client, progress, draft)
    elsewhere = Client()
    elsewhere.force_login(user)
    assert WORDS not in page_of(elsewhere, progress)


def test_after_an_hour_it_is_over(client: Client, user: User, progress: Progress, draft: str, clock: Clock) -> None:
    send(client, progress, draft)
    row = Session.objects.get(pk=client.session.session_key)
    assert client.session.get_expiry_age() == FOR.total_seconds()
    assert row.get_decoded()[KEPT]["until"] == (NOW + FOR).isoformat()
    client.force_login(user)
    clock.set(NOW + FOR + timedelta(seconds=1))
    assert WORDS not in page_of(client, progress)


def test_the_session_lasts_as_any_other_once_they_have_signed_in(
    client: Client, user: User, progress: Progress, draft: str
) -> None:
    send(client, progress, draft)
    client.force_login(user)
    assert client.session.get_expiry_age() > FOR.total_seconds()


def test_the_sign_in_page_says_that_it_is_kept(client: Client, progress: Progress, draft: str) -> None:
    words = "What you typed is kept."
    assert words not in client.get("/accounts/login/").content.decode()
    send(client, progress, draft)
    assert words in client.get("/accounts/login/").content.decode()


def test_more_than_anybody_types_is_not_kept(client: Client, progress: Progress, draft: str) -> None:
    send(client, progress, draft, words="x" * (MOST_LETTERS + 1))
    assert KEPT not in client.session


def test_what_stops_somebody_is_back_in_its_open_fold(
    client: Client, user: User, progress: Progress, draft: str
) -> None:
    client.post(f"/my/steps/{progress.pk}/stuck/", {"reason": WORDS, "obstacle": "", "draft": f"{draft}.stuck"})
    client.force_login(user)
    page = page_of(client, progress)
    assert f">{WORDS}</textarea>" in page
    assert '<details class="my-stuck" id="stuck" open>' in page


@pytest.mark.parametrize("name", ["goals", "confidence"])
def test_the_goal_and_the_doubts_are_back_on_their_pages(
    client: Client, user: User, enrollment: Enrollment, clock: Clock, name: str
) -> None:
    client.force_login(user)
    address = f"/my/{name}/{enrollment.pk}/"
    draft = draft_on(client.get(address).content.decode())
    client.logout()
    words = {"goal": WORDS} if name == "goals" else {"answer": "doubts", "reason": WORDS}
    assert client.post(address, {**words, "draft": draft})["Location"] == f"/accounts/login/?next={address}"
    client.force_login(user)
    assert f"{WORDS}</textarea>" in client.get(address).content.decode()
    assert client.post(address, {**words, "draft": draft}).status_code == 302
    assert KEPT not in client.session
