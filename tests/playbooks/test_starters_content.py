"""The starter playbooks are complete in both languages, and their steps are small and distinct."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

STARTERS = Path(__file__).parents[2] / "playbooks" / "starters"
KEYS = ["backup-reseller", "direct-sales-distributor", "phone-system-reseller"]
LANGUAGES = ["en", "de"]
HEAD_TEXTS = ["name", "summary", "goal_hint"]
STEP_TEXTS = ["title", "why", "when", "done_when"]
STEP_LISTS = ["how", "tools", "skills"]
OPTIONAL = {"asks_for_goal", "evidence", "wants_approval", "done_for_you", "achieves", "needs", "condition", "due"}
STEP_FIELDS = {"key", "minutes", "who", "obstacles", *STEP_TEXTS, *STEP_LISTS}

Step = dict[str, Any]


def load(key: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((STARTERS / f"{key}.yaml").read_text(encoding="utf-8"))
    return loaded


def steps_of(playbook: dict[str, Any]) -> list[Step]:
    return [step for stage in playbook["stages"] for step in stage["steps"]]


def texts_in(node: Any) -> Iterator[str]:
    """Every string below a node, keys left out."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts_in(value)


def text_in_language(node: Any, language: str) -> Iterator[str]:
    """Every string that stands under a language's key, at whatever depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts_in(value) if key == language else text_in_language(value, language)
    elif isinstance(node, list):
        for value in node:
            yield from text_in_language(value, language)


def is_filled(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip())


def incomplete(owner: dict[str, Any], names: list[str]) -> list[str]:
    """The named texts that lack a language, have one too many, or are empty in one."""
    return [
        name
        for name in names
        if list(owner[name]) != LANGUAGES or not all(is_filled(text) for text in owner[name].values())
    ]


@pytest.fixture(params=KEYS)
def playbook(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


def test_no_starter_is_left_unchecked() -> None:
    assert sorted(path.stem for path in STARTERS.glob("*.yaml")) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_head_names_the_format_and_its_own_file(key: str) -> None:
    playbook = load(key)
    assert list(playbook) == ["format", "key", "languages", *HEAD_TEXTS, "stages"]
    assert (playbook["format"], playbook["key"], playbook["languages"]) == (1, key, LANGUAGES)
    assert incomplete(playbook, HEAD_TEXTS) == []


def test_stages_and_steps_are_few(playbook: dict[str, Any]) -> None:
    assert 4 <= len(playbook["stages"]) <= 5
    assert 12 <= len(steps_of(playbook)) <= 16
    assert [stage["key"] for stage in playbook["stages"] if incomplete(stage, ["title"])] == []


def test_keys_are_unique_slugs(playbook: dict[str, Any]) -> None:
    keys = [owner["key"] for owner in [*playbook["stages"], *steps_of(playbook)]]
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert [key for key in keys if not key.replace("-", "").isalnum() or key != key.lower()] == []


def test_each_step_has_every_field_and_no_other(playbook: dict[str, Any]) -> None:
    fields = {step["key"]: set(step) - OPTIONAL for step in steps_of(playbook)}
    assert {key: names ^ STEP_FIELDS for key, names in fields.items() if names != STEP_FIELDS} == {}


def test_the_first_step_asks_for_the_goal_and_says_where_to_put_it(playbook: dict[str, Any]) -> None:
    first = steps_of(playbook)[0]
    assert first["asks_for_goal"] is True
    assert "fields below" in first["how"]["en"][-1]
    assert "unten" in first["how"]["de"][-1]
    assert not any("kick-off question" in text or "Startfrage" in text for text in texts_in(playbook))


def test_each_step_is_complete_in_both_languages(playbook: dict[str, Any]) -> None:
    missing = {step["key"]: incomplete(step, STEP_TEXTS) for step in steps_of(playbook)}
    assert {key: names for key, names in missing.items() if names} == {}


def test_whatever_is_asked_for_is_complete_in_both_languages(playbook: dict[str, Any]) -> None:
    asked = [field for step in steps_of(playbook) for field in step.get("evidence", ())]
    assert len(asked) >= 4
    assert len({field["kind"] for field in asked}) >= 3
    for field in asked:
        words = [name for name in ("label", "help", "unit", "explanation") if name in field]
        assert incomplete(field, words) == []
        assert [option for option in field.get("options", ()) if incomplete(option, ["text"])] == []


def test_lists_are_filled_and_equally_long_in_both_languages(playbook: dict[str, Any]) -> None:
    for step in steps_of(playbook):
        for name in STEP_LISTS:
            english, german = step[name]["en"], step[name]["de"]
            assert list(step[name]) == LANGUAGES, (step["key"], name)
            assert len(english) == len(german), (step["key"], name)
            assert english or name == "skills", (step["key"], name)  # some steps need no skill at all
            assert all(is_filled(text) for text in [*english, *german]), (step["key"], name)


def test_how_comes_in_three_to_six_small_moves(playbook: dict[str, Any]) -> None:
    assert {
        step["key"]: len(step["how"]["en"]) for step in steps_of(playbook) if not 3 <= len(step["how"]["en"]) <= 6
    } == {}


def test_each_obstacle_has_an_answer_in_both_languages(playbook: dict[str, Any]) -> None:
    for step in steps_of(playbook):
        english, german = step["obstacles"]["en"], step["obstacles"]["de"]
        assert 2 <= len(english) == len(german) <= 3, step["key"]
        for obstacle in [*english, *german]:
            assert list(obstacle) == ["what", "answer"], step["key"]
            assert is_filled(obstacle["what"]), step["key"]
            assert is_filled(obstacle["answer"]), step["key"]


def test_steps_take_three_to_twenty_minutes(playbook: dict[str, Any]) -> None:
    assert {s["key"]: s["minutes"] for s in steps_of(playbook) if not 3 <= s["minutes"] <= 20} == {}


def test_most_steps_are_the_partners_own(playbook: dict[str, Any]) -> None:
    turns = Counter(step["who"] for step in steps_of(playbook))
    assert set(turns) == {"partner", "vendor", "sponsor"}
    assert turns["partner"] > turns["vendor"] + turns["sponsor"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_steps_give_the_same_reason(language: str) -> None:
    reasons = Counter(step["why"][language] for key in KEYS for step in steps_of(load(key)))
    assert [reason for reason, times in reasons.items() if times > 1] == []


def test_each_language_keeps_its_own_quotation_marks(playbook: dict[str, Any]) -> None:
    english = " ".join(text_in_language(playbook, "en"))
    german = " ".join(text_in_language(playbook, "de"))
    assert "„" not in english
    assert english.count("“") == english.count("”")
    assert "”" not in german
    assert german.count("„") == german.count("“")
    assert '"' not in english + german
    assert "'" not in english + german


def test_nothing_is_left_untranslated(playbook: dict[str, Any]) -> None:
    same = [step["key"] for step in steps_of(playbook) for name in STEP_TEXTS if step[name]["en"] == step[name]["de"]]
    assert same == []
