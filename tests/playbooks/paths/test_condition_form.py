"""Whom a step concerns, at the desk: what the form shows, and what it makes of what was typed."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Vendor
from playbooks.models import DraftChange, PlaybookVersion, Step
from playbooks.paths.editing import fingerprint
from tests.factories import make_field, make_partner, make_version
from tests.playbooks.desk import Desk
from tests.playbooks.paths.test_conditions import GERMAN, MANY, SMALL, a_draft, a_test
from tests.portal.forms_on_pages import forms_on

pytestmark = pytest.mark.django_db
PATH = "desk-playbook-path"


@pytest.fixture
def draft(vendor: Vendor) -> PlaybookVersion:
    return a_draft(vendor)


def step_of(draft: PlaybookVersion, key: str) -> tuple[Step, tuple[int, int]]:
    step = draft.steps.get(key=key)
    return step, (draft.playbook_id, step.pk)


def test_a_condition_is_written_at_the_desk(desk: Desk, draft: PlaybookVersion) -> None:
    make_partner(draft.playbook.vendor, country="AT", vertical="Dental practices")
    step, ids = step_of(draft, "call")
    form = desk.get(PATH, *ids).content.decode()
    near, far = form.split("Countries in which you have no partner")
    assert 'value="AT"' in near
    assert 'value="DE"' in far
    assert 'value="Dental practices"' in far
    data: dict[str, Any] = {"seen": fingerprint(step), "country_how": "in", "country": ["AT"], "country_far": ["DE"]}
    data |= {"size_how": "not_in", "size": ["250+"], "vertical_far": "Law\nDental"}
    data |= {"ask__clients__least": "6"}
    assert desk.post(PATH, *ids, **data).status_code == 302
    step.refresh_from_db()
    expected = [
        a_test("size", "not_in", "250+"),
        a_test("country", "in", "AT", "DE"),
        a_test("vertical", "in", "Law", "Dental"),
        {**MANY, "how": "at_least", "values": ["6"]},
    ]
    assert step.condition == expected
    page = desk.get("desk-playbook-step", *ids).content.decode()
    assert "It is for some alone: Country is “Austria” or “Germany”." in page
    assert "It is for some alone: “clients” of “Do the ask thing” is at least 6." in page
    data = {
        "seen": fingerprint(step),
        "size_how": "not_in",
        "size": ["250+"],
        "country_how": "in",
        "vertical_how": "in",
    }
    desk.post(PATH, *ids, **data)
    step.refresh_from_db()
    assert step.condition == [a_test("size", "not_in", "250+")]


KINDS = {
    "clients": make_field("clients", "number", min="0", max="99"),
    "sure": make_field("sure", "tick"),
    "way": make_field("way", "question", options=[("By phone", True), ("By mail", False)]),
    "word": make_field("word", "text"),
    "since": make_field("since", "date"),
}
SHOWN = [
    [GERMAN, SMALL, a_test("vertical", "not_in", "Law")],
    [a_test("answer", "at_least", "5.5", step="ask", field="clients")],
    [a_test("answer", "in", "7", step="ask", field="clients")],
    [a_test("answer", "in", "0", step="ask", field="clients")],
    [a_test("answer", "at_least", "0", step="ask", field="clients")],
    [a_test("answer", "at_most", "0", step="ask", field="clients")],
    [a_test("answer", "not_in", "yes", step="ask", field="sure")],
    [a_test("answer", "in", "by MAIL", step="ask", field="way")],
    [a_test("answer", "filled", "yes", step="ask", field="word")],
    [a_test("answer", "contains", "NAS", step="ask", field="word")],
    [a_test("answer", "at_most", "2026-05-01", step="ask", field="since")],
    # What a file says and no part of the form does.
    [MANY, GERMAN, a_test("country", "not_in", "CH")],
    [
        a_test("answer", "in", "1", step="gone", field="gone"),
        a_test("answer", "not_in", "3", step="ask", field="clients"),
    ],
]


@pytest.mark.parametrize("condition", SHOWN)
def test_whoever_saves_without_a_change_changes_nothing(
    desk: Desk, vendor: Vendor, condition: list[dict[str, Any]]
) -> None:
    steps: list[Any] = [{"key": "ask", "evidence": list(KINDS.values())}, {"key": "call", "condition": condition}]
    step, ids = step_of(make_version(vendor, published=False, steps=steps), "call")
    sent: dict[str, Any] = sent_by(desk.get(PATH, *ids).content.decode())
    assert desk.post(PATH, *ids, **sent).status_code == 302
    step.refresh_from_db()
    assert step.condition == condition
    assert not DraftChange.objects.exists()


def test_a_condition_about_nought_is_seen_and_is_used(desk: Desk, vendor: Vendor) -> None:
    nobody = [a_test("answer", "in", "0", step="ask", field="clients")]
    steps: list[Any] = [{"key": "ask", "evidence": [KINDS["clients"]]}, {"key": "call", "condition": nobody}]
    _step, ids = step_of(make_version(vendor, published=False, steps=steps), "call")
    assert '<details class="pb-fold" open>' in desk.get(PATH, *ids).content.decode()


def sent_by(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's form."""
    (form,) = (form for form in forms_on(page, address="/") if "seen" in form.controls)
    return next(form.sent_by())


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"size": ["huge"]}, "huge"),
        ({"ask__clients__least": "many"}, "Enter a number."),
        ({"vertical_far": "x" * 301}, "One value has more than 300 characters."),
        ({"vertical_far": "\n".join(map(str, range(51)))}, "Choose at most 50."),
        (
            {"size": ["1"], "country": ["DE"], "vertical_far": "Law"}
            | {"ask__clients__least": "1", "ask__clients__most": "9", "ask__clients__equals": "5"}
            | {"ask__more__filled": "on"},
            "Say at most 6 things about whom it concerns.",
        ),
    ],
)
def test_what_makes_no_sense_is_marked_and_what_was_typed_is_kept(
    desk: Desk, vendor: Vendor, sent: dict[str, Any], said: str
) -> None:
    make_partner(vendor, country="DE")
    asked = [KINDS["clients"], make_field("more")]
    draft = make_version(vendor, published=False, steps=[{"key": "ask", "evidence": asked}, "call"])
    step, ids = step_of(draft, "call")
    answer = desk.post(PATH, *ids, **{"seen": fingerprint(step), "ask__clients__most": "7", **sent})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    again = sent_by(page)
    for name, value in sent.items():
        if value != ["huge"]:
            assert again[name] == (value if isinstance(value, list) else [value])


def test_more_partners_cost_the_page_no_more_queries(desk: Desk, vendor: Vendor, draft: PlaybookVersion) -> None:
    _step, ids = step_of(draft, "call")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            desk.get(PATH, *ids)
        return len(seen)

    make_partner(vendor, country="AT", vertical="Law")
    few = queries()
    for number in range(8):
        make_partner(vendor, country=("DE", "CH")[number % 2], vertical=f"Trade {number}")
    assert queries() == few


def test_saving_takes_what_was_offered_and_asks_no_partner_again(
    desk: Desk, vendor: Vendor, draft: PlaybookVersion
) -> None:
    partner = make_partner(vendor, country="AT", vertical="Law")
    step, ids = step_of(draft, "call")
    sent: dict[str, Any] = sent_by(desk.get(PATH, *ids).content.decode())
    partner.delete()
    make_partner(vendor, country="DE")  # which was offered among those where there is nobody
    sent |= {"country": ["AT"], "country_far": ["DE"], "vertical": ["Law"]}
    wrong = desk.post(PATH, *ids, **sent, ask__clients__least="many")
    assert wrong.status_code == 422
    again = sent_by(wrong.content.decode())
    assert all(again[name] == sent[name] for name in ("country", "country_far", "vertical"))
    with CaptureQueriesContext(connection) as seen:
        assert desk.post(PATH, *ids, **sent).status_code == 302
    assert not any("GROUP BY" in query["sql"] for query in seen)
    step.refresh_from_db()
    assert step.condition == [a_test("country", "in", "AT", "DE"), a_test("vertical", "in", "Law")]


@pytest.mark.parametrize("sent", [{"vertical": [" "]}, {"vertical": ["x" * 301]}, {"country": ["ZZ"]}])
def test_only_what_can_have_been_offered_is_taken(desk: Desk, draft: PlaybookVersion, sent: dict[str, Any]) -> None:
    step, ids = step_of(draft, "call")
    assert desk.post(PATH, *ids, seen=fingerprint(step), **sent).status_code == 422


@pytest.mark.parametrize("about", ["size", "country", "vertical"])
def test_none_of_nothing_is_not_saved(desk: Desk, draft: PlaybookVersion, about: str) -> None:
    step, ids = step_of(draft, "call")
    sent: dict[str, Any] = {f"{about}_how": "not_in"}
    answer = desk.post(PATH, *ids, seen=fingerprint(step), **sent)
    assert answer.status_code == 422
    assert "None of what? Tick it, or choose “is one of” above." in answer.content.decode()
