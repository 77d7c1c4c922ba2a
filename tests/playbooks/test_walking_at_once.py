"""Two presses at the same moment: the lock on the step lets one of them do it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from partners.models import Activity
from playbooks.models import Progress, TurnSpell
from playbooks.walking import complete
from tests.factories import NOW, make_enrollment, make_partner, make_version

PRESSES = 4


@pytest.mark.django_db(transaction=True)
def test_presses_at_once_complete_the_step_once() -> None:
    enrollment = make_enrollment()
    step = enrollment.progress.in_play().get()
    together = Barrier(PRESSES)

    def press(_: int) -> bool:
        try:
            together.wait(timeout=20)
            return complete(progress=step, by=None, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PRESSES) as pool:
        results = list(pool.map(press, range(PRESSES)))
    assert sorted(results) == [False, False, False, True]
    assert Activity.objects.filter(kind="done").count() == 1
    assert TurnSpell.objects.count() == 1
    assert list(Progress.objects.order_by("position").values_list("state", flat=True)) == ["done", "open", "locked"]


@pytest.mark.django_db(transaction=True)
def test_two_steps_that_end_at_once_open_the_next_between_them() -> None:
    partner = make_partner()
    steps: list[Any] = ["sign", {"key": "offer", "wants_approval": True}, {"key": "learn", "needs": ["sign"]}, "call"]
    enrollment = make_enrollment(partner, version=make_version(partner.vendor, steps=steps))
    for key in ("sign", "offer"):
        complete(progress=enrollment.progress.get(step__key=key), by=None, now=NOW)
    waits, is_open = enrollment.progress.in_play().order_by("position")
    together = Barrier(2)

    def end(progress: Progress, side: str) -> bool:
        try:
            together.wait(timeout=20)
            return complete(progress=progress, by=None, now=NOW, side=side)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(end, (waits, is_open), ("vendor", "partner"))) == [True, True]
    assert enrollment.progress.in_play().get().step.key == "call"
