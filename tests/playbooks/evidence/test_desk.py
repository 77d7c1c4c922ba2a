"""Saying what a step asks for, at the desk."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Member, Vendor
from playbooks.checking import check
from playbooks.comparing import changes
from playbooks.evidence.fields import MOST_FIELDS, Asked
from playbooks.models import PlaybookVersion, Step
from playbooks.outline import outline_of
from playbooks.parts import fingerprint
from playbooks.publishing import publish, start_draft
from tests.factories import NOW, make_field, make_vendor, make_version
from tests.playbooks.desk import Desk

pytestmark = pytest.mark.django_db
LIST, FIELD = "desk-playbook-evidence", "desk-playbook-evidence-field"


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor("acme")


@pytest.fixture
def desk(vendor: Vendor, client: Client) -> Desk:
    return Desk(client, vendor).enter(Member.Role.MANAGER)


@pytest.fixture
def draft(vendor: Vendor) -> PlaybookVersion:
    fields = [make_field("folder"), make_field("clients", "number"), make_field("when", "question")]
    return make_version(vendor, published=False, steps=[{"key": "restore", "evidence": fields, "when": "Now"}, "next"])


@pytest.fixture
def step(draft: PlaybookVersion) -> Step:
    return draft.steps.get(position=0)


def ids(step: Step, *more: str) -> tuple[Any, ...]:
    return (step.version.playbook_id, step.pk, *more)


def keys(step: Step) -> list[str]:
    step.refresh_from_db()
    return [field["key"] for field in step.evidence]


def filled(step: Step, key: str, **changes: Any) -> dict[str, Any]:
    field = next(each for each in Asked.of(step).fields if each.key == key)
    usual = {"seen": fingerprint(field), "label_en": field.label("en"), "required": "on"}
    return {**usual, **({"decimals": "0"} if field.kind == "number" else {}), **changes}


def test_a_field_is_added_once_and_opens(desk: Desk, step: Step) -> None:
    for _ in range(2):
        response = desk.post(LIST, *ids(step), kind="link", label_en="Your offer’s page", count="3")
        assert response["Location"].endswith("/evidence/fields/your-offers-page/")
    assert keys(step) == ["folder", "clients", "when", "your-offers-page"]
    assert desk.post(LIST, *ids(step), kind="poem", label_en=" ", count="4").status_code == 422


def test_a_step_asks_for_so_much_and_no_more(desk: Desk, step: Step) -> None:
    Step.objects.filter(pk=step.pk).update(evidence=[make_field(f"f{at}") for at in range(MOST_FIELDS)])
    page = desk.post(LIST, *ids(step), kind="text", label_en="One more", count=str(MOST_FIELDS), follow=True)
    assert "Split the step" in page.content.decode()
    assert len(keys(step)) == MOST_FIELDS


def test_every_word_of_a_field_is_saved(desk: Desk, step: Step) -> None:
    number = {"label_en": "Clients", "help_en": "Who pays", "unit_en": "clients", "least": "1", "most": "50.50"}
    desk.post(FIELD, *ids(step, "clients"), **filled(step, "clients", **number, decimals="1", required=""))
    question = {"option_0_en": "Yes", "right_0": "on", "option_1_en": "No", "explanation_en": "It **does**."}
    desk.post(FIELD, *ids(step, "when"), **filled(step, "when", **question))
    step.refresh_from_db()
    assert step.evidence[1:] == [
        make_field(
            "clients", "number", label="Clients", help="Who pays", unit="clients",
            min="1", max="50.5", decimals=1, required=False,
        ),
        make_field("when", "question", options=[("Yes", True), ("No", False)], explanation="It **does**."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "wrong", "words"),
    [
        ("folder", {"label_en": " "}, "Say what is asked for."),
        ("clients", {"least": "5", "most": "1"}, "Swap the two."),
        ("clients", {"decimals": "9"}, "less than or equal to 4"),
        ("when", {"right_1": "on"}, "This answer is right and has no text."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    desk: Desk, step: Step, key: str, wrong: dict[str, str], words: str
) -> None:
    response = desk.post(FIELD, *ids(step, key), **filled(step, key, help_en="Typed just now", **wrong))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "Typed just now" in response.content.decode()


def test_two_authors_at_once_lose_nothing(desk: Desk, step: Step) -> None:
    mine = filled(step, "folder", help_en="Mine")
    desk.post(FIELD, *ids(step, "folder"), **filled(step, "folder", help_en="Theirs"))
    response = desk.post(FIELD, *ids(step, "folder"), **mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "<dd>Theirs</dd>" in page
    assert 'value="Mine"' in page
    step.refresh_from_db()
    seen = fingerprint(Asked.of(step).fields[0])
    assert desk.post(FIELD, *ids(step, "folder"), **{**mine, "seen": seen}).status_code == 302
    step.refresh_from_db()
    assert step.evidence[0]["texts"]["en"]["help"] == "Mine"


def test_a_field_is_saved_while_it_is_typed(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    address = reverse(FIELD, args=["acme", *ids(step, "folder")])
    headers, typed = {"X-Autosave": str(desk.user.pk)}, filled(step, "folder", help_en="One.")
    first = desk.client.post(address, typed, headers=headers)
    assert first.json()["said"].startswith("Saved at ")
    more = desk.client.post(address, typed | {"help_en": "One. Two.", "seen": first.json()["seen"]}, headers=headers)
    assert more.status_code == 200
    step.refresh_from_db()
    assert step.evidence[0]["texts"]["en"]["help"] == "One. Two."
    stale = desk.client.post(address, typed | {"help_en": "Of another window."}, headers=headers)
    assert (stale.status_code, stale.json()["over"]) == (409, True)
    assert desk.client.post(address, typed | {"label_en": ""}, headers=headers).status_code == 422
    desk.post("desk-playbook-step-remove", *ids(step))
    gone = desk.client.post(address, typed, headers=headers)
    assert (gone.status_code, gone.json()["over"]) == (410, True)


def test_fields_move_and_go(desk: Desk, step: Step) -> None:
    for _ in range(2):
        desk.post("desk-playbook-evidence-move", *ids(step, "when"), place="0")
    assert keys(step) == ["when", "folder", "clients"]
    desk.post("desk-playbook-pass-mark", *ids(step), pass_mark="1")
    step.refresh_from_db()
    assert step.pass_mark == 1
    assert desk.post("desk-playbook-pass-mark", *ids(step), pass_mark="2").status_code == 404
    for _ in range(2):
        assert desk.post("desk-playbook-evidence-remove", *ids(step, "when")).status_code == 302
    assert keys(step) == ["folder", "clients"]
    assert step.pass_mark == 0  # no question is left
    page = desk.post("desk-playbook-evidence-move", *ids(step, "when"), place="0", follow=True)
    assert "Somebody took this out" in page.content.decode()


def test_the_steps_own_page_leads_there_and_the_preview_shows_it(desk: Desk, step: Step) -> None:
    page = desk.get("desk-playbook-step", *ids(step)).content.decode()
    assert '<span class="pb-further-state">Your folder' in page
    assert 'name="evidence-folder"' in desk.get("desk-playbook-look", *ids(step)).content.decode()


def test_what_is_published_stays(desk: Desk, draft: PlaybookVersion, step: Step) -> None:
    Step.objects.filter(pk=step.pk).update(evidence=[make_field("folder")])
    publish(version=draft, by=None, now=NOW)
    step.refresh_from_db()
    desk.post(FIELD, *ids(step, "folder"), **filled(step, "folder", help_en="Late"))
    desk.post("desk-playbook-evidence-remove", *ids(step, "folder"))
    desk.post("desk-playbook-evidence-move", *ids(step, "folder"), place="0")
    desk.post(LIST, *ids(step), kind="text", label_en="More", count="1")
    step.refresh_from_db()
    assert step.evidence == [make_field("folder")]


def test_another_vendors_step_is_not_there_and_a_viewer_changes_nothing(desk: Desk, step: Step) -> None:
    theirs = make_version(make_vendor(), published=False, steps=[{"key": "a", "evidence": [make_field("x")]}])
    other = theirs.steps.get()
    for name, more in ((LIST, ()), (FIELD, ("x",)), ("desk-playbook-evidence-remove", ("x",))):
        assert desk.post(name, theirs.playbook_id, other.pk, *more).status_code == 404
        assert desk.post(name, step.version.playbook_id, other.pk, *more).status_code == 404
    assert desk.get(FIELD, *ids(step, "no-such")).status_code == 404
    desk.enter(Member.Role.VIEWER)
    assert "preview" in desk.get(LIST, *ids(step))["Location"]
    assert desk.post("desk-playbook-evidence-remove", *ids(step, "folder")).status_code == 403


@pytest.mark.parametrize(
    ("fields", "more", "words"),
    [
        ([make_field("a", label="")], {}, "something that is asked for has no label in English."),
        ([make_field("a", "number", min="2", max="1")], {}, "no number can be given"),
        ([make_field("a", "question", options=[("Yes", True)])], {}, "needs two answers"),
        ([make_field("a", "question", options=[("Yes", False), ("No", False)])], {}, "Tick one."),
        ([make_field("a", "question", options=[("Yes", True), ("", False)])], {}, "lacks 1 of its answers"),
        ([make_field("a")], {"who": "vendor"}, "your own staff does this step"),
        ([make_field("a")], {"pass_mark": 2}, "2 answers must be right, but there are 0 questions."),
    ],
)
def test_what_cannot_work_blocks_publishing_and_leads_to_the_place(
    desk: Desk, fields: list[dict[str, Any]], more: dict[str, Any], words: str
) -> None:
    step = {"key": "s", "when": "Now", "evidence": fields, **more}
    version = make_version(desk.vendor, published=False, slug="other", default=False, steps=[step])
    (problem,) = check(version=version)
    assert words in problem.message
    assert problem.blocks
    page = desk.get("desk-playbook-publish", version.playbook_id).content.decode()
    assert ("/evidence/fields/a/" in page) == (problem.field == "a")


def test_a_long_form_is_a_hint(desk: Desk) -> None:
    step = {"key": "s", "when": "Now", "evidence": [make_field(f"f{at}") for at in range(7)]}
    (problem,) = check(version=make_version(desk.vendor, published=False, slug="o", default=False, steps=[step]))
    assert (problem.blocks, "Split it?" in problem.message) == (False, True)


def test_a_version_is_compared_with_what_it_asks_for(vendor: Vendor) -> None:
    version = make_version(vendor, steps=[{"key": "a", "evidence": [make_field("x")]}])
    draft = start_draft(playbook=version.playbook, by=None, now=NOW)
    assert changes(outline_of(version), outline_of(draft), language="en") == []
    Step.objects.filter(version=draft).update(evidence=[make_field("x", required=False)])
    (change,) = changes(outline_of(version), outline_of(draft), language="en")
    assert change.what == "Do the a thing"


def test_what_cannot_be_published_like_this_is_said_on_saving(desk: Desk, step: Step) -> None:
    answers = {"option_0_en": "Yes", "right_0": "", "option_1_en": "No"}
    page = desk.post(FIELD, *ids(step, "when"), **filled(step, "when", **answers), follow=True).content.decode()
    assert "Saved, but it cannot be published like this: no answer to" in page
    answers |= {"right_0": "on"}
    page = desk.post(FIELD, *ids(step, "when"), **filled(step, "when", **answers), follow=True).content.decode()
    assert "cannot be published like this" not in page
