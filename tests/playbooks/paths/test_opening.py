"""The rules of a walk, for any needs and any moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playbooks.models.step import Turn
from playbooks.paths.opening import Place, State, open_in_turn


@dataclass
class Walk:
    places: list[Place]
    strange: frozenset[str] = frozenset()  # the keys of steps that do not concern the partner

    def look(self) -> list[str]:
        moved = open_in_turn(self.places, turn_of=str, concerns=lambda place: place.key not in self.strange)
        assert all(place.is_left_out == (place.key in self.strange) for place in moved)
        return [place.key for place in moved if not place.is_left_out]

    def in_play(self) -> list[Place]:
        return [place for place in self.places if place.is_in_play]

    def is_over(self) -> bool:
        return all(place.is_settled for place in self.places)


def walk(*steps: tuple[str, str, Sequence[str]]) -> Walk:
    return Walk([Place(pk, key, who, needs) for pk, (key, who, needs) in enumerate(steps)])


def move(place: Place, how: str) -> None:
    """What anybody may do with a step in play."""
    if how in ("done", "skipped"):
        place.state, place.turn = how, ""
    elif how == "back":
        place.state, place.turn = State.REOPENED, place.who
    else:
        place.state, place.turn = how, Turn.VENDOR


def test_without_needs_one_comes_after_the_other_whoever_waits() -> None:
    found = walk(("a", "partner", []), ("b", "vendor", []), ("c", "partner", []))
    assert found.look() == ["a"]
    move(found.places[0], "waiting")
    assert found.look() == []
    move(found.places[0], "done")
    assert found.look() == ["b"]
    assert found.look() == []


def test_who_waits_gets_what_has_its_needs() -> None:
    found = walk(("a", "partner", []), ("b", "partner", []), ("c", "partner", ["b"]), ("d", "partner", ["a"]))
    found.look()
    move(found.places[0], "waiting")
    assert found.look() == []  # nothing has what it needs yet
    move(found.places[0], "done")
    assert found.look() == ["b"]
    move(found.places[1], "handed_over")
    assert found.look() == ["d"]  # past c, which needs what is handed over
    move(found.places[3], "done")
    assert found.look() == []
    move(found.places[1], "done")
    assert found.look() == ["c"]


def test_steps_of_others_are_passed_until_the_partner_has_one() -> None:
    found = walk(("a", "partner", []), ("b", "vendor", ["a"]), ("c", "sponsor", ["a"]), ("d", "partner", ["a"]))
    found.look()
    move(found.places[0], "done")
    assert found.look() == ["b", "c", "d"]


def test_who_is_stuck_gets_an_answer_first() -> None:
    found = walk(("a", "partner", []), ("b", "partner", ["a"]), ("c", "partner", ["a"]))
    found.look()
    move(found.places[0], "done")
    found.look()
    move(found.places[1], "stuck")
    assert found.look() == []


def test_a_need_that_the_walk_does_not_have_holds_nobody_up() -> None:
    assert walk(("a", "partner", ["gone"])).look() == ["a"]


def test_a_circle_ends_all_the_same() -> None:
    found = walk(("a", "partner", ["b"]), ("b", "partner", ["a"]))
    assert found.look() == ["a"]
    move(found.places[0], "done")
    assert found.look() == ["b"]


def test_what_does_not_concern_the_partner_is_left_out_and_counts_as_done() -> None:
    some = [{"about": "size", "how": "in", "values": ["1"]}]
    places = [Place(0, "a", "partner", [], some), Place(1, "b", "partner", ["a"]), Place(2, "c", "partner", [], some)]
    found = Walk(places, frozenset("ac"))
    assert found.look() == ["b"]
    assert [place.state for place in places] == ["skipped", "open", "locked"]
    move(places[1], "done")
    assert found.look() == []
    assert found.is_over()


def test_who_asks_for_an_answer_waits_for_it() -> None:
    asks = [{"about": "answer", "step": "b", "field": "x", "how": "in", "values": ["1"]}]
    found = Walk([Place(0, "a", "partner", [], asks), Place(1, "b", "partner"), Place(2, "c", "partner")])
    assert found.look() == ["b"]
    move(found.places[1], "done")
    assert found.look() == ["a"]


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    """Steps that need some of those before them in an order of their own, which is not that of the playbook."""
    count = draw(st.integers(1, 7))
    order = draw(st.permutations(range(count)))
    needs: dict[int, list[str]] = {}
    for place, number in enumerate(order):
        before = [f"s{each}" for each in order[:place]]
        needs[number] = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
    who = st.sampled_from(["partner", "vendor", "sponsor"])
    asks: list[dict[str, Any]] = [{"about": "size", "how": "in", "values": ["1"]}]
    conditions = st.sampled_from([[], [], asks])
    places = [Place(number, f"s{number}", draw(who), needs[number], draw(conditions)) for number in range(count)]
    conditional = [place.key for place in places if place.condition]
    return Walk(places, frozenset(key for key in conditional if draw(st.booleans())))


@given(walks(), st.data())
def test_every_walk_ends_and_nothing_opens_before_its_needs(found: Walk, data: st.DataObject) -> None:
    by_key = {place.key: place for place in found.places}
    moves = 0
    while not found.is_over():
        for key in found.look():
            assert all(by_key[need].is_settled for need in by_key[key].needs)
        in_play = found.in_play()
        if not in_play:
            assert found.is_over()
            break
        unnamed = [place for place in in_play if not place.needs]
        assert len(unnamed) <= 1  # what names no needs comes alone, and in its order
        moves += 1
        some = ["done", "skipped"] if moves > 40 else ["done", "skipped", "waiting", "stuck", "handed_over", "back"]
        move(data.draw(st.sampled_from(in_play)), data.draw(st.sampled_from(some)))
    assert found.look() == []


@given(walks(), st.data())
def test_the_partner_waits_only_where_nothing_could_open(found: Walk, data: st.DataObject) -> None:
    by_key = {place.key: place for place in found.places}
    while not found.is_over():
        found.look()
        in_play = found.in_play()
        if not in_play:
            break
        if not any(place.turn == Turn.PARTNER or place.state == State.STUCK for place in in_play):
            locked = [place for place in found.places if place.state == State.LOCKED and place.needs]
            assert not [place for place in locked if all(by_key[need].is_settled for need in place.needs)]
        move(data.draw(st.sampled_from(in_play)), data.draw(st.sampled_from(["done", "waiting"])))
