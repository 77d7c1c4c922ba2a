"""What is typed into a desk's form while the session ends: back on its page, for the same person alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from partners.kept import FOR, KEPT
from partners.models import Member, User, Vendor
from playbooks.models import Step
from tests.clock import Clock
from tests.factories import NOW, make_member, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db

WORDS = "Their trial ends on Friday"
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor("acme")


@pytest.fixture
def user(vendor: Vendor) -> User:
    user = make_user(name="Kim")
    make_member(vendor, role=Member.Role.MANAGER, user=user)
    return user


@pytest.fixture
def step(vendor: Vendor) -> Step:
    return make_version(vendor, published=False).steps.all()[0]


@pytest.fixture
def page(step: Step) -> str:
    return f"/v/acme/playbooks/{step.version.playbook_id}/steps/{step.pk}/"


@pytest.fixture
def signed_out(client: Client, user: User, page: str, clock: Clock) -> Client:
    """Somebody had the page before them; their session has ended since."""
    client.force_login(user)
    client.get(page)
    client.cookies.pop("sessionid")
    return client


def send(client: Client, page: str, **headers: str) -> Any:
    """A comment: its address takes nothing but a form, so nobody may be led there."""
    came_from = {"Referer": f"http://testserver{page}"}
    return client.post(f"{page}comments/", {"text": WORDS, "new_password": "x"}, headers=came_from | headers)


def test_it_leads_to_the_sign_in_and_back_to_the_page_with_the_words(signed_out: Client, user: User, page: str) -> None:
    assert send(signed_out, page)["Location"] == f"/accounts/login/?next={page}"
    assert "new_password" not in signed_out.session[KEPT]["typed"]
    signed_out.force_login(user)
    shown = signed_out.get(page).content.decode()
    assert WORDS in shown
    assert "What you wrote was not sent, because your sign-in had expired." in shown
    assert WORDS not in signed_out.get("/v/acme/playbooks/").content.decode()
    send(signed_out, page)  # once more, signed in: it has arrived
    assert KEPT not in signed_out.session


def test_from_an_address_that_takes_forms_alone_it_leads_to_the_page_of_the_form(
    signed_out: Client, user: User, page: str
) -> None:
    at = f"{page}comments/"  # where a page stood that said what was wrong
    came_from = {"Referer": f"http://testserver{at}"}
    answer = signed_out.post(at, {"text": WORDS}, headers=came_from)
    signed_out.force_login(user)
    answer = signed_out.get(answer["Location"].partition("next=")[2])
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert WORDS in signed_out.get(page).content.decode()
    assert signed_out.get(at).status_code == 405  # nothing waits there


def test_of_a_file_its_name_is_kept_and_said(signed_out: Client, user: User, page: str) -> None:
    sent = {"label_en": WORDS, "upload_en": SimpleUploadedFile("prices.pdf", b"%PDF-1.7")}
    signed_out.post(f"{page}resources/prices/", sent, headers={"Referer": f"http://testserver{page}"})
    signed_out.force_login(user)
    shown = signed_out.get(page).content.decode()
    assert WORDS in shown
    assert "prices.pdf could not be kept: choose it again." in shown


def test_a_page_of_another_sign_in_loses_nothing(user: User, page: str, clock: Clock) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    answer = send(client, page, **OURS)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert WORDS in client.get(page).content.decode()
    assert client.session.get_expiry_age() > FOR.total_seconds()


def test_what_another_site_sends_is_not_kept(user: User, page: str, clock: Clock) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for headers in ({}, {"Origin": "https://evil.example"}):
        assert send(client, page, **headers).status_code == 403
    assert KEPT not in client.session


def test_somebody_else_on_the_device_does_not_see_it(signed_out: Client, vendor: Vendor, page: str) -> None:
    send(signed_out, page)
    other = make_user(name="Lee")
    make_member(vendor, role=Member.Role.MANAGER, user=other)
    signed_out.force_login(other)
    assert WORDS not in signed_out.get(page).content.decode()


def test_what_somebody_else_wrote_is_not_kept(signed_out: Client, user: User, page: str) -> None:
    signed_out.post(f"{page}comments/", {"text": WORDS, "draft": f"desk.{user.pk + 1}.v.acme"})
    assert KEPT not in signed_out.session


def test_who_was_never_at_a_desk_leaves_nothing(client: Client, page: str) -> None:
    assert send(client, page).status_code == 302
    assert KEPT not in client.session


def test_after_an_hour_it_is_over(signed_out: Client, user: User, page: str, clock: Clock) -> None:
    send(signed_out, page)
    signed_out.force_login(user)
    clock.set(NOW + FOR + timedelta(seconds=1))
    assert WORDS not in signed_out.get(page).content.decode()


def test_without_the_page_it_leads_to_today(signed_out: Client, page: str) -> None:
    for came_from in ("", "http://testserver/v/other/", "https://evil.example/v/acme/", "http://testserver/nothing/"):
        assert send(signed_out, page, Referer=came_from)["Location"] == "/accounts/login/?next=/v/acme/"


def test_saving_by_itself_says_that_they_are_signed_out(signed_out: Client, page: str) -> None:
    answer = signed_out.post(page, {"why_en": WORDS}, headers={"X-Autosave": "1"})
    assert (answer.status_code, answer.json()["again"]) == (401, True)


def test_the_browser_hears_what_has_arrived_and_not_what_was_refused(client: Client, user: User, page: str) -> None:
    client.force_login(user)
    draft = f"desk.{user.pk}{page.replace('/', '.')}comments.1"
    assert "draft_sent" not in client.post(f"{page}comments/", {"text": " ", "draft": draft}).cookies
    assert client.post(f"{page}comments/", {"text": WORDS, "draft": draft}).cookies["draft_sent"].value == draft
