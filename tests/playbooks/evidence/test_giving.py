"""Giving evidence on a step's page, signed in and from a mail, and reading it at the desk."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.models import Activity, User
from playbooks import walking
from playbooks.evidence.giving import EvidenceMissing
from playbooks.links import make_step_link
from playbooks.models import Enrollment, Evidence, Progress, Step
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

pytestmark = pytest.mark.django_db
QUIZ = [("At night", False), ("Before the first ticket", True)]
FIELDS = [
    make_field("folder", label="Which folder?", help="Any will do."),
    make_field("clients", "number", unit="clients", min="1", max="50"),
    make_field("day", "date"),
    make_field("page", "link"),
    make_field("read", "tick", label="I have read the terms"),
    make_field("when", "question", options=QUIZ, explanation="Mornings are calm."),
    make_field("more", required=False),
]
RIGHT = {
    "folder": "The invoices",
    "clients": "12",
    "day": "2026-03-09",
    "page": "example.com/a",
    "read": "on",
    "when": "1",
    "more": "",
}


def sent(**changes: str | None) -> dict[str, str]:
    return {f"evidence-{key}": value for key, value in {**RIGHT, **changes}.items() if value is not None}


@dataclass(frozen=True)
class Way:
    """How a person comes to the step: signed in, or from a mail."""

    client: Client
    page: str

    def done(self, words: dict[str, str]) -> Any:
        return self.client.post(f"{self.page}done/", words)

    def read(self) -> str:
        return self.client.get(self.page).content.decode()


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def enrollment(user: User, clock: Clock) -> Enrollment:
    vendor = make_vendor("acme", name="Acme")
    version = make_version(vendor, steps=[{"key": "restore", "evidence": FIELDS}, "next"])
    return make_enrollment(make_partner(vendor, user=user), version=version)


@pytest.fixture
def step(enrollment: Enrollment) -> Progress:
    return enrollment.progress.get(position=0)


@pytest.fixture(params=["signed in", "from a mail"])
def way(request: pytest.FixtureRequest, user: User, step: Progress) -> Way:
    client = Client()
    if request.param == "signed in":
        client.force_login(user)
        return Way(client, f"/my/steps/{step.pk}/")
    contact = step.enrollment.partner.contacts.get()
    link = make_step_link(contact=contact, progress=step, now=NOW)
    return Way(client, link.removeprefix("http://127.0.0.1:8000"))


def test_the_page_has_every_field_once_and_one_button(way: Way) -> None:
    page = way.read()
    for key in RIGHT:
        assert f'name="evidence-{key}"' in page
    assert "Which folder?" in page
    assert "Any will do." in page
    assert "Before the first ticket" in page
    assert page.count(f'action="{way.page}done/"') == 1
    assert len(page) < 60_000


def test_one_press_keeps_all_of_it_and_finishes_the_step(way: Way, step: Progress, enrollment: Enrollment) -> None:
    before = way.read()
    response = way.done(sent())
    assert response.status_code == 302
    assert f'data-draft="{response.cookies["draft_sent"].value}"' in before
    assert {row.key: row.value for row in Evidence.objects.all()} == {
        "folder": "The invoices",
        "clients": "12",
        "day": "2026-03-09",
        "page": "https://example.com/a",
        "read": True,
        "when": [1],
    }
    assert set(Evidence.objects.values_list("step", "giver_name")) == {(step.step_id, "Kim Contact")}
    assert enrollment.progress.in_play().get().position == 1
    assert "The invoices" in way.read()


def test_twice_is_done_once_and_says_nothing_of_it(way: Way) -> None:
    way.done(sent())
    way.done(sent())
    assert "was not kept" not in way.read()
    assert Evidence.objects.count() == 6
    assert Activity.objects.filter(kind="done").count() == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"folder": " "}, "Write something here"),
        ({"folder": "a\x07b"}, "no text may hold"),
        ({"folder": "x" * 4001}, "4000"),
        ({"clients": "twelve"}, "Write a whole number. It lies between 1 and 50."),
        ({"clients": "2,5"}, "Write a whole number."),
        ({"clients": "51"}, "lies between 1 and 50"),
        ({"clients": "NaN"}, "Write a whole number."),
        ({"day": "2026-02-30"}, "Choose a day from the calendar."),
        ({"page": "javascript:alert(1)"}, "Copy the whole address"),
        ({"page": "no address"}, "Copy the whole address"),
        ({"read": None}, "Tick this once it is so."),
        ({"when": None}, "Choose an answer."),
        ({"when": "7"}, "Choose an answer."),
        ({"when": "0"}, "That is not right yet. Think again, and choose another answer. Mornings are calm."),
    ],
)
def test_each_fault_stands_beside_its_field_and_what_was_typed_stays(
    way: Way, step: Progress, changes: dict[str, Any], fault: str
) -> None:
    response = way.done(sent(more="Typed with care", **changes))
    page = response.content.decode()
    (key,) = changes
    assert response.status_code == 422
    assert fault in page[page.index(f'name="evidence-{key}"') :]
    assert f'href="#id_evidence-{key}"' in page
    assert "Typed with care" in page
    step.refresh_from_db()
    assert step.state == "open"
    assert not Evidence.objects.exists()
    assert not Activity.objects.filter(kind="done").exists()


def test_a_number_may_have_a_comma(way: Way) -> None:
    Progress.objects.get(position=0).step.__class__.objects.update(evidence=[make_field("price", "number", decimals=2)])
    assert way.done({"evidence-price": "12,50"}).status_code == 302
    assert Evidence.objects.get().value == "12.50"


def test_what_is_wrong_is_counted_and_set_apart_from_its_label(way: Way, step: Progress) -> None:
    for decimals, words in ((1, "at most 1 decimal."), (2, "at most 2 decimals.")):
        Step.objects.filter(pk=step.step_id).update(evidence=[make_field("price", "number", decimals=decimals)])
        page = way.done({"evidence-price": "12.5678"}).content.decode()
        assert f" – Write a number with {words}" in page.split('id="problems"')[1].split("</ul>")[0]


def test_what_was_typed_for_a_step_that_was_closed_meanwhile_is_shown_once_more(way: Way, step: Progress) -> None:
    walking.skip(progress=step, reason="Told on the phone", by=None, now=NOW)
    assert way.done(sent(folder="Too late")).status_code == 302
    assert "Too late" in way.read()
    assert not Evidence.objects.exists()


def test_done_needs_it_wherever_it_is_said(step: Progress) -> None:
    with pytest.raises(EvidenceMissing) as missing:
        walking.complete(progress=step, by=None, now=NOW, given={"folder": "x"})
    assert missing.value.keys == ["clients", "day", "page", "read", "when"]
    assert not Evidence.objects.exists()
    assert walking.complete(progress=step, by=None, now=NOW, side="vendor")


def test_the_desk_reads_it_with_the_giver_on_the_step_and_on_the_timeline(way: Way, step: Progress) -> None:
    way.done(sent(folder="The <b>invoices</b>"))
    manager = step.enrollment.partner.manager
    client = Client()
    client.force_login(manager.user)
    page = client.get(f"/v/acme/steps/{step.pk}/").content.decode()
    for words in (
        "The &lt;b&gt;invoices",
        "12 clients",
        "Before the first ticket",
        "Kim Contact",
        "Mornings are calm.",
    ):
        assert words in page
    assert 'href="https://example.com/a" rel="noopener noreferrer nofollow"' in page
    timeline = client.get(f"/v/acme/partners/{step.enrollment.partner_id}/").content.decode()
    assert "Which folder?: The &lt;b&gt;invoices" in timeline
    client.force_login(make_member(make_vendor("other")).user)
    assert client.get(f"/v/acme/steps/{step.pk}/").status_code == 404


def test_the_page_takes_few_queries(
    user: User, step: Progress, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(user)
    with django_assert_max_num_queries(10):
        client.get(f"/my/steps/{step.pk}/")
    client.post(f"/my/steps/{step.pk}/done/", sent())
    with django_assert_max_num_queries(10):
        client.get(f"/my/steps/{step.pk}/")


def test_a_sponsor_gives_it_for_their_own_step(user: User, clock: Clock) -> None:
    vendor = make_vendor()
    newcomer = make_partner(vendor, sponsor=make_partner(vendor, user=user))
    steps = [{"key": "call", "who": "sponsor", "evidence": [make_field("said")]}]
    call = make_enrollment(newcomer, version=make_version(vendor, steps=steps)).progress.get()
    client = Client()
    client.force_login(user)
    assert client.post(f"/my/steps/{call.pk}/done/").status_code == 422
    assert client.post(f"/my/steps/{call.pk}/done/", {"evidence-said": "Yes"})["Location"] == "/my/"
    assert Evidence.objects.get().value == "Yes"


def test_the_vendors_own_step_asks_for_nothing(user: User, clock: Clock) -> None:
    vendor = make_vendor()
    steps = [{"key": "review", "who": "vendor", "evidence": [make_field("said")]}]
    review = make_enrollment(make_partner(vendor, user=user), version=make_version(vendor, steps=steps)).progress.get()
    assert walking.complete(progress=review, by=None, now=NOW)


def test_what_is_missing_is_listed_in_one_place(way: Way) -> None:
    page = way.done({}).content.decode()
    assert page.count('id="problems"') == page.count("autofocus") == 1
