import dataclasses
from dataclasses import replace

import pytest
from django.test import Client

from partners.models import Vendor
from playbooks.comparing import LABELS, changes, differences
from playbooks.models import Step
from playbooks.outline import (
    PLAYBOOK_LINES,
    PLAYBOOK_PARAGRAPHS,
    STEP_LINES,
    STEP_LISTS,
    STEP_PARAGRAPHS,
    PlaybookOutline,
    StageOutline,
    StepOutline,
)
from playbooks.publishing import start_draft
from tests.factories import NOW, make_member, make_vendor, make_version


def step(key: str, title: str) -> StepOutline:
    return StepOutline(key, {"en": {"title": title}, "de": {"title": f"{title} (de)"}})


OLD = PlaybookOutline(
    "p", ("en", "de"), {"en": {"name": "P"}}, (StageOutline("s", {}, (step("a", "A"), step("b", "B"), step("c", "C"))),)
)


def with_steps(*steps: StepOutline) -> PlaybookOutline:
    return replace(OLD, stages=(replace(OLD.stages[0], steps=steps),))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, []),
        (with_steps(*OLD.stages[0].steps, step("d", "D")), ["New: D"]),
        (with_steps(*OLD.stages[0].steps[:2]), ["Taken out: C"]),
        (with_steps(step("a", "A"), replace(step("b", "B"), minutes=20), step("c", "C")), ["Changed: B"]),
        (with_steps(step("b", "B"), step("a", "A"), step("c", "C")), ["Changed: Order of the steps"]),
        (replace(OLD, texts={"en": {"name": "Q"}}), ["Changed: Name"]),
    ],
)
def test_what_a_draft_changes(new: PlaybookOutline, expected: list[str]) -> None:
    assert [f"{change.how}: {change.what}" for change in changes(OLD, new, language="en")] == expected


@pytest.fixture
def vendor(db: None) -> Vendor:
    return make_vendor("house")


def test_publishing_shows_what_changes_and_offers_nothing_where_nothing_does(vendor: Vendor) -> None:
    playbook = make_version(vendor).playbook
    draft = start_draft(playbook=playbook, by=None, now=NOW)
    desk = Client()
    desk.force_login(make_member(vendor).user)
    address = f"/v/house/playbooks/{playbook.pk}/publish/"
    page = desk.get(address).content.decode()
    assert "Nothing has changed since version 1" in page
    assert "Publish version 2</button>" not in page
    Step.objects.filter(version=draft, position=0).update(minutes=17)
    page = desk.get(address).content.decode()
    assert "What changes since version 1" in page
    assert "Changed:" in page
    assert "Publish version 2</button>" in page


def test_word_by_word_in_every_language_and_field() -> None:
    new = with_steps(
        replace(step("a", "A new title"), minutes=20, who="vendor", asks_for_goal=True),
        *list(OLD.steps)[2:],
        step("d", "D"),
    )
    found = {each.key: each for each in differences(OLD, new, language="en")}
    assert [(key, each.how) for key, each in found.items()] == [("a", "Changed"), ("d", "New"), ("b", "Taken out")]
    fields = {
        field.label: "".join(f"{piece.how}:{piece.words}|" for piece in field.pieces) for field in found["a"].fields
    }
    assert fields == {
        "Title (English)": "same:A|added: new title|",
        "Title (German)": "same:A |added:new title |same:(de)|",
        "Minutes": "taken:10|same: → |added:20|",
        "Who does it": "taken:Partner|same: → |added:Vendor|",
        "Asks for the goal": "taken:no|same: → |added:yes|",
    }


def said(before: str, after: str) -> str:
    first, *others = OLD.steps
    new = with_steps(replace(first, texts={"en": {"title": "A", "why": after}}), *others)
    old = with_steps(replace(first, texts={"en": {"title": "A", "why": before}}), *others)
    [step] = differences(old, new, language="en")
    marks = {"same": "{}", "taken": "[-{}-]", "added": "[+{}+]"}
    return "".join(marks[piece.how].format(piece.words) for piece in step.fields[0].pieces)


def test_a_sentence_that_is_mostly_another_one_comes_whole_and_the_others_word_by_word() -> None:
    assert said(
        "It pays twice. You lose the client that calls nobody when a disk is broken.",
        "It pays twice. Whoever calls first on the day of a failure earns what the others do not.",
    ) == (
        "It pays twice. [-You lose the client that calls nobody when a disk is broken.-]\n"
        "[+Whoever calls first on the day of a failure earns what the others do not.+]"
    )
    assert said("Call the client at 9.30 today.", "Call the best client at 9.30 today.") == (
        "Call the[+ best+] client at 9.30 today."
    )


def test_another_order_is_shown_as_a_list() -> None:
    [frame] = differences(OLD, with_steps(step("b", "B"), step("a", "A"), step("c", "C")), language="en")
    assert (frame.key, [field.label for field in frame.fields]) == ("", ["Stages and order"])


def test_every_field_of_a_step_has_a_name_to_show() -> None:
    assert {field.name for field in dataclasses.fields(StepOutline)} - {"key", "texts"} <= LABELS.keys()
    assert {
        *STEP_LINES,
        *STEP_PARAGRAPHS,
        *STEP_LISTS,
        "obstacles",
        *PLAYBOOK_LINES,
        *PLAYBOOK_PARAGRAPHS,
    } <= LABELS.keys()
