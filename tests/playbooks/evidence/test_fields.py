"""What stands in the way of done."""

from typing import Any

import pytest

from playbooks.evidence.fields import Asked, Field
from tests.factories import make_field


def asked(*fields: dict[str, Any], mark: int = 0) -> Asked:
    return Asked(tuple(map(Field.from_json, fields)), mark)


def question(key: str, **more: Any) -> dict[str, Any]:
    return make_field(key, "question", options=[("No", False), ("Yes", True), ("Also", False)], **more)


def test_what_is_stored_is_read_again() -> None:
    stored = make_field("sold", "number", unit="clients", min="0.5", max="20", decimals=1, required=False)
    assert Field.from_json(stored).as_json() == stored
    assert Field.from_json(question("q")).as_json() == question("q")


@pytest.mark.parametrize(
    ("given", "unmet"),
    [
        ({}, ["name"]),
        ({"name": "Kim"}, []),
        ({"name": "Kim", "more": ""}, []),
        ({"name": "", "more": "x"}, ["name"]),
    ],
)
def test_only_what_is_needed_is_missing(given: dict[str, Any], unmet: list[str]) -> None:
    assert asked(make_field("name"), make_field("more", required=False)).unmet(given) == unmet


@pytest.mark.parametrize(
    ("mark", "given", "unmet"),
    [
        (0, {"a": [1], "b": [1]}, []),
        (0, {"a": [1], "b": [0]}, ["b"]),
        (0, {"a": [1]}, ["b"]),
        (1, {"a": [1], "b": [0]}, []),
        (1, {"a": [2], "b": [0]}, ["a", "b"]),
        (2, {"a": [1], "b": [0]}, ["b"]),
    ],
)
def test_a_quiz_is_passed_by_enough_right_answers(mark: int, given: dict[str, Any], unmet: list[str]) -> None:
    assert asked(question("a"), question("b"), mark=mark).unmet(given) == unmet


def test_a_mark_that_needs_questions_which_may_stay_open_asks_for_them() -> None:
    quiz = asked(question("a"), question("b", required=False), mark=2)
    assert quiz.unmet({"a": [1]}) == ["b"]
    assert asked(question("a"), question("b", required=False)).unmet({"a": [1]}) == []


def test_several_right_answers_are_all_needed() -> None:
    both = asked(make_field("q", "question", options=[("A", True), ("B", False), ("C", True)]))
    assert both.unmet({"q": [0]}) == ["q"]
    assert both.unmet({"q": [0, 1, 2]}) == ["q"]
    assert both.unmet({"q": [0, 2]}) == []
