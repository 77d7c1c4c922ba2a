"""A step is pressed while the vendor changes something: neither waits for what the other holds until the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from partners.accepting import accept
from partners.configuring import change_vendor
from partners.editing import edit_partner
from partners.models import Partner, User
from partners.staffing import remove_member
from playbooks.models import Progress
from playbooks.walking import complete
from tests.factories import NOW, make_enrollment, make_member, make_partner

Change = Callable[[Partner, User], Any]

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"  # unlike pg_stat_activity, told anew each time

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def _edit(partner: Partner, by: User) -> Any:
    return edit_partner(partner=partner, changes={"company": "Anew"}, by=by, now=NOW)


def _accept(partner: Partner, by: User) -> Any:
    return accept(partner=partner, by=by, now=NOW)


def _configure(partner: Partner, by: User) -> Any:
    return change_vendor(vendor=partner.vendor, changes={"stopped_hours": 3}, by=by, now=NOW)


def _let_go(partner: Partner, by: User) -> Any:
    successor = make_member(partner.vendor)
    remove_member(member=partner.manager, by=by, now=NOW, successor=successor)


@pytest.mark.parametrize("change", [_edit, _accept, _configure, _let_go])
def test_a_press_and_a_change_both_come_through(change: Change) -> None:
    partner = make_partner(state=Partner.State.SIGNED)
    by = partner.manager.user
    step = make_enrollment(partner).progress.in_play().get()

    def run() -> None:
        try:
            change(partner, by)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            complete(progress=step, by=None, now=NOW)
            changing = pool.submit(run)
            while not changing.done() and not _somebody_waits():
                pass
        changing.result(timeout=30)
    assert Progress.objects.get(pk=step.pk).state == Progress.State.DONE


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])
