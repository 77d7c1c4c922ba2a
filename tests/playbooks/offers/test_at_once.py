"""Two people at the same moment: one of them moves it, and the other hears that it has moved."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from playbooks.models import Handover, HandoverMove, Progress
from playbooks.walking import NotYourMove
from tests.playbooks.offers.world import MOVES, WAYS, bring, offered, step_of

pytestmark = pytest.mark.django_db(transaction=True)


def together(*moves: Callable[[Progress], bool], step: Progress) -> list[str]:
    """What became of each."""
    barrier = Barrier(len(moves))

    def press(move: Callable[[Progress], bool]) -> str:
        try:
            barrier.wait(timeout=20)
            return "moved" if move(step) else "nothing"
        except NotYourMove:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(moves)) as pool:
        return list(pool.map(press, moves))


def test_two_colleagues_take_the_quote_once() -> None:
    step = step_of(offered("quote"))
    bring(step, *WAYS["quoted"])
    assert sorted(together(MOVES["accept"], MOVES["accept"], step=step)) == ["moved", "nothing"]
    assert HandoverMove.objects.filter(state="accepted").count() == 1


def test_two_colleagues_ask_once() -> None:
    step = step_of(offered())
    assert sorted(together(MOVES["ask"], MOVES["ask"], step=step)) == ["moved", "nothing"]
    assert Handover.objects.count() == 1


def test_it_is_taken_back_or_scheduled_and_never_both() -> None:
    step = step_of(offered("quote"))
    bring(step, *WAYS["accepted"])
    back, day = together(MOVES["take_back"], MOVES["schedule"], step=step)
    assert {back, day} == {"moved", "refused"}
    handover, progress = Handover.objects.get(), Progress.objects.get(pk=step.pk)
    if back == "moved":
        assert (handover.state, progress.state, progress.turn) == ("withdrawn", "open", "partner")
    else:
        assert (handover.state, progress.state, progress.turn) == ("scheduled", "handed_over", "vendor")
