"""Two presses at the same moment: the lock on the step lets one of them do it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from partners.models import Activity
from playbooks.models import Progress, TurnSpell
from playbooks.walking import complete
from tests.factories import NOW, make_enrollment

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
