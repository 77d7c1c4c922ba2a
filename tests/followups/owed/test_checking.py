"""What is owed is compared with what partners wait for, and mended."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.models import Task
from followups.owed.checking import adrift
from partners.models import Vendor
from playbooks import walking
from playbooks.models import Progress
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_partner, make_vendor, make_version
from tests.playbooks.offers.world import HOUR

pytestmark = pytest.mark.django_db
STEPS: list[Any] = [{"key": "first", "wants_approval": True}, {"key": "ours", "who": "vendor"}, "last"]


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    return make_vendor("acme")


def waiting(vendor: Vendor, count: int) -> list[Progress]:
    """Of partners who have handed in their first step."""
    version = make_version(vendor, steps=STEPS, slug=f"with-{count}", default=False)
    found = [make_enrollment(make_partner(vendor), version=version).progress.get(position=0) for _ in range(count)]
    for step in found:
        walking.complete(progress=step, by=None, now=NOW)
    return found


def test_nothing_drifts_while_steps_move(vendor: Vendor) -> None:
    step, other = waiting(vendor, 2)
    walking.complete(progress=step, by=None, now=NOW + HOUR, side="vendor")
    walking.withdraw(progress=other, by=None, now=NOW + HOUR, side="partner")
    assert not list(adrift(vendor=vendor))
    assert Task.objects.still_open().get().kind == "step"


def test_what_drifted_is_named_and_mended(vendor: Vendor) -> None:
    lost, wrong, over = waiting(vendor, 3)
    Task.objects.filter(progress=lost).delete()
    Task.objects.filter(progress=wrong).update(kind="stuck")
    Progress.objects.filter(pk=over.pk).update(state="open", turn="partner")
    assert list(adrift(vendor=vendor)) == [[lost.pk, wrong.pk, over.pk]]
    with pytest.raises(CommandError):
        call_command("check_standing", stdout=StringIO())
    said = StringIO()
    call_command("check_standing", repair=True, stdout=said)
    assert "acme: about 3 steps something else is owed than partners wait for" in said.getvalue()
    still = dict(Task.objects.still_open().values_list("progress", "kind"))
    assert still == {lost.pk: "approve", wrong.pk: "approve"}
    call_command("check_standing", stdout=StringIO())


def test_more_partners_cost_the_check_no_more_queries(vendor: Vendor) -> None:
    def queries(count: int) -> int:
        waiting(vendor, count)
        Task.objects.filter(partner__vendor=vendor).delete()
        with CaptureQueriesContext(connection) as seen:
            assert sum(map(len, adrift(vendor=vendor))) >= count
        return len(seen)

    assert queries(1) == queries(6)
