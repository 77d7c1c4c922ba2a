from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from partners.models import AuditEntry
from playbooks.editing import (
    SavedMeanwhile,
    add_stage,
    add_step,
    create_playbook,
    describe,
    place_stage,
    place_step,
    remove_stage,
    remove_step,
    rename_stage,
    save_step,
)
from playbooks.merging import as_seen, fingerprint, merge
from playbooks.models import PlaybookVersion, Stage, Step
from playbooks.models.playbook import PublishedNeverChanges
from playbooks.outline import StepOutline, Texts
from tests.factories import NOW, make_step, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> PlaybookVersion:
    """Two stages: a, b, c and d, e; and a third without steps."""
    version = make_version(make_vendor(), published=False, steps=("a", "b", "c"))
    for position, (key, steps) in enumerate((("second", "de"), ("third", "")), 1):
        stage = Stage.objects.create(version=version, key=key, position=position, texts={"en": {"title": key}})
        for at, step in enumerate(steps):
            make_step(stage, 3 + at, {"key": step})
    return version


def order(version: PlaybookVersion) -> str:
    """Stages and their steps, as ``abc de``; fails where positions have gaps or leave the order of stages."""
    steps = list(version.steps.order_by("position"))
    assert [step.position for step in steps] == list(range(len(steps)))
    stages = list(version.stages.order_by("position"))
    assert [stage.position for stage in stages] == list(range(len(stages)))
    by_stage = [[step for step in steps if step.stage_id == stage.pk] for stage in stages]
    assert [step for part in by_stage for step in part] == steps
    return " ".join("".join(step.key for step in part) for part in by_stage)


def step(version: PlaybookVersion, key: str) -> Step:
    return version.steps.get(key=key)


def stage(version: PlaybookVersion, position: int) -> Stage:
    return version.stages.get(position=position)


@pytest.mark.parametrize(
    ("key", "to", "index", "after"),
    [
        ("a", 0, 1, "bac de "),
        ("c", 0, 0, "cab de "),
        ("a", 1, 0, "bc ade "),
        ("e", 0, 3, "abce d "),
        ("b", 2, 0, "ac de b"),
        ("d", 1, 99, "abc ed "),
        ("a", 0, 0, "abc de "),
    ],
)
def test_a_step_is_placed(draft: PlaybookVersion, key: str, to: int, index: int, after: str) -> None:
    for _ in range(2):
        place_step(step=step(draft, key), stage=stage(draft, to), index=index, by=None, now=NOW)
        assert order(draft) == after


@pytest.mark.parametrize(
    ("at", "index", "after"),
    [(0, 1, "de abc "), (2, 0, " abc de"), (1, 0, "de abc "), (0, 9, "de  abc"), (1, 1, "abc de ")],
)
def test_a_stage_is_placed_with_its_steps(draft: PlaybookVersion, at: int, index: int, after: str) -> None:
    moved = stage(draft, at)
    for _ in range(2):
        place_stage(stage=moved, index=index, by=None, now=NOW)
        assert order(draft) == after


def test_adding_a_step_twice_adds_one(draft: PlaybookVersion) -> None:
    for _ in range(2):
        add_step(stage=stage(draft, 0), texts={"en": {"title": "Call!"}}, count_before=3, by=None, now=NOW)
    assert [s.key for s in draft.steps.order_by("position")] == ["a", "b", "c", "call", "d", "e"]
    add_step(stage=stage(draft, 0), texts={"en": {"title": "Call!"}}, count_before=4, by=None, now=NOW)
    assert step(draft, "call-2").position == 4


def test_the_first_step_of_a_later_stage_comes_after_all_before(draft: PlaybookVersion) -> None:
    added = add_step(stage=stage(draft, 2), texts={"en": {"title": "Z"}}, count_before=0, by=None, now=NOW)
    assert added.position == 5


def test_adding_a_stage_twice_adds_one(draft: PlaybookVersion) -> None:
    for _ in range(2):
        add_stage(version=draft, texts={"en": {"title": "Later"}}, count_before=3, by=None, now=NOW)
    assert [s.key for s in draft.stages.order_by("position")] == ["stage", "second", "third", "later"]


def test_removing_closes_the_gaps(draft: PlaybookVersion) -> None:
    remove_step(step=step(draft, "b"), by=None, now=NOW)
    assert order(draft) == "ac de "
    remove_stage(stage=stage(draft, 0), by=None, now=NOW)
    assert order(draft) == "de "


def test_saving_a_step_writes_tidy_texts_and_the_audit(draft: PlaybookVersion) -> None:
    user, found = make_user(), step(draft, "a")
    texts: Texts = {"en": {"title": " New\r\ntitle ", "how": ["one", " "]}, "fr": {"title": "x"}}
    for _ in range(2):
        save_step(
            step=found,
            said=StepOutline("", texts, 7, "vendor"),
            seen=fingerprint(found),
            by=user,
            now=NOW,
        )
    saved = step(draft, "a")
    assert (saved.texts, saved.minutes, saved.who) == ({"en": {"title": "New title", "how": ["one"]}}, 7, "vendor")
    assert AuditEntry.objects.filter(action="playbook.step_saved", by=user, data__step="a").count() == 1


def test_a_save_on_something_older_is_refused_and_changes_nothing(draft: PlaybookVersion) -> None:
    found = step(draft, "a")
    seen = fingerprint(found)
    save_step(
        step=found,
        said=StepOutline("", {"en": {"title": "Theirs"}}, 5, "partner"),
        seen=seen,
        by=None,
        now=NOW,
    )
    with pytest.raises(SavedMeanwhile) as caught:
        save_step(
            step=found,
            said=StepOutline("", {"en": {"title": "Mine"}}, 5, "partner"),
            seen=seen,
            by=None,
            now=NOW,
        )
    assert caught.value.current.texts == {"en": {"title": "Theirs"}}
    assert step(draft, "a").texts == {"en": {"title": "Theirs"}}


@pytest.mark.parametrize(
    ("theirs", "mine", "kept", "torn"),
    [
        ({"minutes": 9}, {"who": "vendor"}, ["minutes"], []),
        ({"minutes": 9}, {"minutes": 9}, [], []),
        ({"minutes": 9}, {"minutes": 8}, [], ["minutes"]),
        ({"why.en": "Theirs"}, {"how.en": ["Mine"]}, ["why.en"], []),
        ({"why.en": "Theirs", "minutes": 9}, {"why.en": None}, ["minutes"], ["why.en"]),
        ({"why.en": None}, {"why.en": "Mine"}, [], ["why.en"]),
        ({"why.de": "Ihres"}, {"why.en": "Mine"}, ["why.de"], []),
        ({"asks_for_goal": True}, {"who": "vendor"}, [], ["asks_for_goal"]),
        ({"who": "vendor"}, {"wants_approval": True}, [], ["who"]),
    ],
)
def test_two_changes_of_one_step(
    theirs: dict[str, Any], mine: dict[str, Any], kept: list[str], torn: list[str]
) -> None:
    before = {"title.en": "A", "why.en": "Because", "minutes": 5, "who": "partner", "asks_for_goal": False}
    before |= {"wants_approval": False, "with_sponsor": False}

    def changed(changes: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in (before | changes).items() if value is not None}

    merged = merge(changed(mine), changed(theirs), seen=as_seen(before))
    assert (list(merged.kept), list(merged.torn)) == (kept, torn)
    expected = changed(mine) | {name: theirs[name] for name in kept}
    assert merged.fields == expected
    # On what nobody knows everything that differs is asked about; what the same form wrote last is its own.
    assert set(merge(changed(mine), changed(theirs), seen="older").torn) >= {*kept, *torn}
    assert merge(changed(mine), changed(theirs), seen=as_seen(before), own=theirs).fields == changed(mine)


def test_a_language_taken_out_takes_its_texts_along(draft: PlaybookVersion) -> None:
    names = {"en": {"name": "A"}, "de": {"name": "B"}}
    describe(version=draft, texts=names, languages=["en", "de"], by=None, now=NOW)
    rename_stage(stage=stage(draft, 0), texts={"en": {"title": "x"}, "de": {"title": "y"}}, by=None, now=NOW)
    describe(version=draft, texts=names, languages=["de"], by=None, now=NOW)
    draft.refresh_from_db()
    assert (draft.languages, draft.texts) == (["de"], {"de": {"name": "B"}})
    assert stage(draft, 0).texts == {"de": {"title": "y"}}
    assert step(draft, "a").texts == {}


def test_creating_the_same_empty_playbook_twice_creates_one() -> None:
    vendor = make_vendor()
    made = [create_playbook(vendor=vendor, name="Mein Plan", language="de", by=None, now=NOW) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].slug == "mein-plan"


def test_a_second_playbook_of_the_same_name_gets_its_own_key() -> None:
    vendor = make_vendor()
    first = create_playbook(vendor=vendor, name="Plan", language="en", by=None, now=NOW)
    draft = first.draft()
    assert draft is not None
    add_stage(version=draft, texts={"en": {"title": "x"}}, count_before=0, by=None, now=NOW)
    assert create_playbook(vendor=vendor, name="Plan", language="en", by=None, now=NOW).slug == "plan-2"


CHANGES: list[Callable[[PlaybookVersion], object]] = [
    lambda v: describe(version=v, texts={"en": {"name": "x"}}, languages=["en"], by=None, now=NOW),
    lambda v: add_stage(version=v, texts={"en": {"title": "x"}}, count_before=1, by=None, now=NOW),
    lambda v: rename_stage(stage=v.stages.get(), texts={"en": {"title": "x"}}, by=None, now=NOW),
    lambda v: remove_stage(stage=v.stages.get(), by=None, now=NOW),
    lambda v: place_stage(stage=v.stages.get(), index=0, by=None, now=NOW),
    lambda v: add_step(stage=v.stages.get(), texts={"en": {"title": "x"}}, count_before=3, by=None, now=NOW),
    lambda v: save_step(step=v.steps.all()[0], said=StepOutline("", {}, 1, "vendor"), seen="", by=None, now=NOW),
    lambda v: remove_step(step=v.steps.all()[0], by=None, now=NOW),
    lambda v: place_step(step=v.steps.all()[0], stage=v.stages.get(), index=2, by=None, now=NOW),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_published_is_refused(change: Callable[[PlaybookVersion], object]) -> None:
    version = make_version(make_vendor())
    before = list(version.steps.values()), list(version.stages.values()), version.texts
    with pytest.raises(PublishedNeverChanges):
        change(version)
    version.refresh_from_db()
    assert (list(version.steps.values()), list(version.stages.values()), version.texts) == before


class TestAnyOrderOfMoves(TestCase):
    @settings(max_examples=25)
    @given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 9)), max_size=12))
    def test_positions_stay_without_gaps(self, moves: list[tuple[int, int, int]]) -> None:
        version = make_version(make_vendor(), published=False, steps=("a", "b", "c"))
        for position in (1, 2):
            Stage.objects.create(version=version, key=f"s{position}", position=position)
        for what, where, index in moves:
            stages, steps = list(version.stages.all()), list(version.steps.all())
            target = stages[where % len(stages)]
            match what % 5:
                case 0 | 1 if steps:
                    place_step(step=steps[what % len(steps)], stage=target, index=index, by=None, now=NOW)
                case 2:
                    place_stage(stage=target, index=index, by=None, now=NOW)
                case 3:
                    title = {"en": {"title": f"{what} {index}"}}
                    add_step(stage=target, texts=title, count_before=1000, by=None, now=NOW)
                case 4 if len(steps) > 1:
                    remove_step(step=steps[what % len(steps)], by=None, now=NOW)
            order(version)
