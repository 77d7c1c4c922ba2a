"""Whatever was changed in a draft is taken back exactly, newest first; and duplicating stages and steps."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from partners.models import Member, User, Vendor
from playbooks.copying import copy_stage, copy_step
from playbooks.desk.meanwhile import field_names
from playbooks.editing import (
    TooLong,
    add_stage,
    add_step,
    describe,
    place_stage,
    place_step,
    remove_stage,
    remove_step,
    rename_stage,
    save_step,
)
from playbooks.evidence.editing import EVIDENCE
from playbooks.evidence.fields import Field
from playbooks.merging import fingerprint
from playbooks.models import DraftChange, PlaybookVersion, Stage, Step
from playbooks.models.playbook import PublishedNeverChanges
from playbooks.outline import PlaybookOutline, outline_of, outline_of_step
from playbooks.publishing import publish
from playbooks.undoing import (
    FIELDS,
    KEPT,
    ONE_SITTING,
    NothingToRedo,
    NotTheLast,
    last_change,
    last_undone,
    redo,
    take_back,
)
from tests.factories import NOW, make_user, make_vendor
from tests.playbooks.desk import Desk, a_long_draft

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def draft(vendor: Vendor) -> PlaybookVersion:
    return a_long_draft(vendor, stages=3, steps=3)


def said(version: PlaybookVersion) -> PlaybookOutline:
    positions = list(version.steps.order_by("position").values_list("position", flat=True))
    assert positions == list(range(len(positions)))
    stages = list(version.steps.order_by("position").values_list("stage__position", flat=True))
    assert stages == sorted(stages)
    return outline_of(PlaybookVersion.objects.select_related("playbook").get(pk=version.pk))


def save(step: Step, *, why: str, by: User | None = None, now: datetime = NOW) -> None:
    said = outline_of_step(step, step.version.languages)
    texts = {language: {**words, "why": why} for language, words in said.texts.items()}
    save_step(
        step=step,
        said=replace(said, texts=texts, minutes=said.minutes + 1),
        seen=fingerprint(step),
        by=by,
        now=now,
    )


def moves(draft: PlaybookVersion, chance: random.Random) -> list[Callable[[], object]]:
    """One of everything that can be done to a draft just now."""
    stages, steps = list(draft.stages.all()), list(draft.steps.select_related("stage", "version"))
    stage = chance.choice(stages)
    some = {"en": {"title": f"New {chance.random()}"}, "de": {"title": "Neu"}}
    found: list[Callable[[], object]] = [
        lambda: add_stage(version=draft, texts=some, count_before=len(stages), by=None, now=NOW),
        lambda: add_step(stage=stage, texts=some, count_before=stage.steps.count(), by=None, now=NOW),
        lambda: copy_stage(stage=stage, count_before=len(stages), by=None, now=NOW),
        lambda: rename_stage(stage=stage, texts=some, by=None, now=NOW),
        lambda: place_stage(stage=stage, index=chance.randrange(len(stages)), by=None, now=NOW),
        lambda: describe(
            version=draft,
            texts={"en": {"name": f"Other {chance.random()}"}},
            languages=chance.choice([["en"], ["en", "de"], ["de", "en"]]),
            by=None,
            now=NOW,
        ),
    ]
    if len(stages) > 1:
        found.append(lambda: remove_stage(stage=stage, by=None, now=NOW))
    if steps:
        step = chance.choice(steps)
        found += [
            lambda: copy_step(step=step, count_before=len(steps), by=None, now=NOW),
            lambda: remove_step(step=step, by=None, now=NOW),
            lambda: place_step(step=step, stage=stage, index=chance.randrange(4), by=None, now=NOW),
            lambda: save(step, why=f"Because {chance.random()}"),
            lambda: EVIDENCE.add(
                Field("", "text", {"en": {"label": f"Which {chance.random()}"}}),
                step=step,
                count_before=len(step.evidence),
                by=None,
                now=NOW,
            ),
        ]
    return found


@pytest.mark.parametrize("seed", range(6))
def test_all_of_it_is_taken_back_one_by_one(draft: PlaybookVersion, seed: int) -> None:
    chance = random.Random(seed)
    before: list[tuple[int, PlaybookOutline]] = []
    for _ in range(14):
        outline = said(draft)
        chance.choice(moves(draft, chance))()
        draft = PlaybookVersion.objects.select_related("playbook").get(pk=draft.pk)
        last = last_change(draft)
        if last is not None and last.pk not in [pk for pk, _ in before]:
            before.append((last.pk, outline))
    assert len(before) > 6
    after = said(draft)
    for pk, outline in reversed(before):
        take_back(version=draft, change=pk, by=None, now=NOW)
        assert said(draft) == outline
    assert last_change(draft) is None
    for pk, outline in zip([pk for pk, _ in before], [*(outline for _, outline in before[1:]), after], strict=True):
        redo(version=draft, change=pk, by=None, now=NOW)
        assert said(draft) == outline
    assert last_undone(draft) is None
    take_back(version=draft, change=before[-1][0], by=None, now=NOW)
    assert said(draft) == before[-1][1]


def test_saving_again_and_again_is_one_change_of_one_person(draft: PlaybookVersion) -> None:
    step, me, other = draft.steps.order_by("position")[0], make_user(), make_user()
    before = said(draft)
    for number in range(3):
        save(Step.objects.get(pk=step.pk), why=f"Draft {number}", by=me)
    assert draft.changes.count() == 1
    save(Step.objects.get(pk=step.pk), why="Of somebody else", by=other)
    save(Step.objects.get(pk=step.pk), why="Much later", by=other, now=NOW + 2 * ONE_SITTING)
    assert draft.changes.count() == 3
    for change in draft.changes.order_by("-pk"):
        take_back(version=draft, change=change.pk, by=me, now=NOW)
    assert said(draft) == before


def test_a_change_after_what_was_taken_back_leaves_nothing_to_redo(draft: PlaybookVersion) -> None:
    first, second, *_ = draft.steps.order_by("position")
    remove_step(step=first, by=None, now=NOW)
    undone = take_back(version=draft, change=draft.changes.get().pk, by=None, now=NOW)
    save(Step.objects.get(pk=second.pk), why="Of somebody else")
    with pytest.raises(NothingToRedo):
        redo(version=draft, change=undone.pk, by=None, now=NOW)
    assert draft.steps.count() == 9
    assert [change.action for change in draft.changes.all()] == ["step_saved"]


def test_whatever_a_step_says_has_a_name_in_what_is_taken_back() -> None:
    texts = ["title", "why", "how", "clients", "when", "done_when", "tools", "skills", "obstacles"]
    columns = [field.attname for field in FIELDS if field.attname != "texts"]
    assert field_names(["why.de"], ["en", "de"]) == "“Why it pays (German)”"
    assert all(field_names([name], ["en"]) for name in [*texts, *columns])


def test_the_page_of_the_playbook_takes_back_no_more_than_it_named(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.order_by("position")[0]
    save(step, why="Because.", by=desk.user)
    page = desk.get("desk-playbook", draft.playbook_id).content.decode()
    about: dict[str, Any] = {name: re.findall(f'name="{name}" value="(\\w+)"', page)[0] for name in ("change", "made")}
    save(Step.objects.get(pk=step.pk), why="Because of that.", by=desk.user)  # in another window
    page = desk.post("desk-playbook-undo", draft.playbook_id, follow=True, **about).content.decode()
    assert "so nothing was taken back" in page
    assert Step.objects.get(pk=step.pk).text("why", "en") == "Because of that."


def test_the_page_of_a_step_takes_back_what_was_changed_there_and_redoes_it(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.order_by("position")[0]
    ids = (draft.playbook_id, step.pk)
    save(step, why="Because.", by=desk.user)
    page = desk.get("desk-playbook-step", *ids).content.decode()
    assert "“Why it pays (English)”, “Why it pays (German)” and “Minutes”" in page
    change = draft.changes.get().pk
    made = re.findall(r'name="made" value="(\w+)"', page)[0]
    save(Step.objects.get(pk=step.pk), why="Because of that.", by=desk.user)  # in another window
    about: dict[str, Any] = {"step": step.pk, "change": change}
    page = desk.post("desk-playbook-undo", draft.playbook_id, follow=True, **about, made=made).content.decode()
    assert "so nothing was taken back" in page
    assert "Because of that." in page
    made = re.findall(r'name="made" value="(\w+)"', page)[0]
    answer = desk.post("desk-playbook-undo", draft.playbook_id, **about, made=made)
    assert answer["Location"] == reverse("desk-playbook-step", args=["acme", *ids])
    page = desk.client.get(answer["Location"]).content.decode()
    assert "Taken back: “Call the client you know best” changed: “Why it pays (English)”" in page
    assert "Because of that." not in page
    page = desk.post("desk-playbook-redo", draft.playbook_id, follow=True, step=step.pk, change=change).content.decode()
    assert "Redone: “Call the client you know best” changed: “Why it pays (English)”" in page
    assert "Because of that." in page
    again = desk.post("desk-playbook-redo", draft.playbook_id, follow=True, change=change).content.decode()
    assert "so nothing was redone" in again
    theirs = a_long_draft(make_vendor(), stages=1, steps=1).steps.get()
    assert desk.post("desk-playbook-undo", draft.playbook_id, step=theirs.pk, change=change).status_code == 404


def test_only_the_last_change_can_be_taken_back(draft: PlaybookVersion) -> None:
    first, second, *_ = draft.steps.order_by("position")
    remove_step(step=first, by=None, now=NOW)
    mine = draft.changes.get()
    remove_step(step=second, by=None, now=NOW)
    with pytest.raises(NotTheLast):
        take_back(version=draft, change=mine.pk, by=None, now=NOW)
    assert draft.steps.count() == 7


def test_as_many_as_a_sitting_needs_are_kept(draft: PlaybookVersion) -> None:
    stage = draft.stages.order_by("position")[0]
    for number in range(KEPT + 3):
        rename_stage(stage=Stage.objects.get(pk=stage.pk), texts={"en": {"title": f"{number}"}}, by=None, now=NOW)
    assert draft.changes.count() == KEPT


def test_what_is_published_is_not_taken_back(draft: PlaybookVersion) -> None:
    remove_step(step=draft.steps.order_by("position")[0], by=None, now=NOW)
    change = draft.changes.get().pk
    publish(version=draft, by=None, now=NOW)
    assert not DraftChange.objects.exists()
    with pytest.raises(PublishedNeverChanges):
        take_back(version=draft, change=change, by=None, now=NOW)


def test_a_copy_stands_right_behind_and_pressing_twice_makes_one(draft: PlaybookVersion) -> None:
    step = draft.steps.order_by("position")[1]
    copies = [copy_step(step=step, count_before=9, by=None, now=NOW) for _ in range(2)]
    assert copies[0] == copies[1]
    keys = list(draft.steps.order_by("position").values_list("key", flat=True))
    assert keys[:4] == ["step-0-0", "step-0-1", "step-0-1-2", "step-0-2"]
    original, copy = said(draft).stages[0].steps[1:3]
    marks = {"en": " (copy)", "de": " (Kopie)"}
    assert copy.texts == {
        language: words | {"title": words["title"] + marks[language]} for language, words in original.texts.items()
    }


def test_a_copied_stage_has_its_steps(draft: PlaybookVersion) -> None:
    stage = draft.stages.order_by("position")[0]
    copies = [copy_stage(stage=stage, count_before=3, by=None, now=NOW) for _ in range(2)]
    assert copies[0] == copies[1]
    outline = said(draft)
    assert [len(each.steps) for each in outline.stages] == [3, 3, 3, 3]
    original, copy = (outline.stages[place].texts for place in (0, 1))
    marks = {"en": " (copy)", "de": " (Kopie)"}
    assert {code: words["title"] for code, words in copy.items()} == {
        code: words["title"] + marks[code] for code, words in original.items()
    }


def test_a_playbook_that_is_full_takes_no_copy(draft: PlaybookVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playbooks.copying.MOST_STEPS", 9)
    step = draft.steps.order_by("position")[0]
    with pytest.raises(TooLong):
        copy_step(step=step, count_before=9, by=None, now=NOW)
    with pytest.raises(TooLong):
        copy_stage(stage=step.stage, count_before=3, by=None, now=NOW)


# The pages


@pytest.mark.parametrize("htmx", [True, False])
def test_the_page_says_what_was_changed_last_and_takes_it_back(desk: Desk, draft: PlaybookVersion, htmx: bool) -> None:
    step = draft.steps.order_by("position")[0]
    desk.post("desk-playbook-step-remove", draft.playbook_id, step.pk)
    page = desk.get("desk-playbook", draft.playbook_id).content.decode()
    assert "“Call the client you know best” removed" in page
    change = draft.changes.get().pk
    answer = desk.post("desk-playbook-undo", draft.playbook_id, htmx=htmx, follow=not htmx, change=change)
    assert "Taken back: “Call the client you know best” removed" in answer.content.decode()
    assert draft.steps.count() == 9
    again = desk.post("desk-playbook-undo", draft.playbook_id, htmx=htmx, follow=not htmx, change=change)
    assert "Something else was changed meanwhile" in again.content.decode()


def test_duplicating_leads_to_the_second_one(desk: Desk, draft: PlaybookVersion) -> None:
    step = draft.steps.order_by("position")[0]
    answer = desk.post("desk-playbook-step-copy", draft.playbook_id, step.pk, count=9)
    copy = draft.steps.get(key="step-0-0-2")
    assert answer["Location"] == reverse("desk-playbook-step", args=["acme", draft.playbook_id, copy.pk])
    answer = desk.post("desk-playbook-stage-copy", draft.playbook_id, step.stage_id, count=3)
    assert draft.stages.count() == 4


def test_a_viewer_takes_nothing_back(vendor: Vendor, client: Client, draft: PlaybookVersion) -> None:
    remove_step(step=draft.steps.order_by("position")[0], by=None, now=NOW)
    viewer = Desk(client, vendor).enter(Member.Role.VIEWER)
    change = draft.changes.get().pk
    assert viewer.post("desk-playbook-undo", draft.playbook_id, change=change).status_code == 403
    assert "Undo" not in viewer.get("desk-playbook", draft.playbook_id).content.decode()


def test_a_change_of_a_long_playbook_takes_as_many_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    few = 40
    for stages in (2, 20):
        draft = a_long_draft(make_vendor(), stages=stages, steps=20)
        step = draft.steps.select_related("version", "stage").order_by("position")[7]
        last = draft.stages.order_by("-position")[0]
        with django_assert_max_num_queries(few) as taken:
            place_step(step=step, stage=last, index=3, by=None, now=NOW)
            take_back(version=draft, change=draft.changes.get().pk, by=None, now=LATER)
        few = len(taken) + 4  # SQLite takes so many values at a time
