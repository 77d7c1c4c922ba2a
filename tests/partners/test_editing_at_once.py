"""A step is pressed while the vendor changes something: neither waits for what the other holds until the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from partners.accepting import accept
from partners.configuring import change_vendor
from partners.editing import edit_partner
from partners.joining import leave
from partners.models import Partner, User
from partners.staffing import remove_member
from playbooks.calendar.choosing import set_aside
from playbooks.models import Progress
from playbooks.walking import complete
from tests.factories import NOW, make_contact, make_enrollment, make_member, make_partner
from tests.waiting import ON_POSTGRESQL, begin

Change = Callable[[Partner, User], Any]

pytestmark = [pytest.mark.django_db(transaction=True), ON_POSTGRESQL]


def _edit(partner: Partner, by: User) -> Any:
    return edit_partner(partner=partner, changes={"company": "Anew"}, by=by, now=NOW)


def _accept(partner: Partner, by: User) -> Any:
    return accept(partner=partner, by=by, now=NOW)


def _configure(partner: Partner, by: User) -> Any:
    return change_vendor(vendor=partner.vendor, changes={"stopped_hours": 3}, by=by, now=NOW)


def _let_go(partner: Partner, by: User) -> Any:
    successor = make_member(partner.vendor)
    remove_member(member=partner.manager, by=by, now=NOW, successor=successor)


def _leave(partner: Partner, by: User) -> Any:
    return leave(contact=partner.contacts.get(is_primary=False), by=by, now=NOW)


@pytest.mark.parametrize("change", [_edit, _accept, _configure, _let_go, _leave])
def test_a_press_and_a_change_both_come_through(change: Change) -> None:
    partner = make_partner(state=Partner.State.SIGNED)
    by = partner.manager.user
    step = make_enrollment(partner).progress.in_play().get()
    set_aside(progress=step, contact=make_contact(partner), starts_at=NOW + timedelta(days=1), by=by, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            complete(progress=step, by=None, now=NOW)
            changing = begin(pool, lambda: change(partner, by))
        changing.result(timeout=30)
    assert Progress.objects.get(pk=step.pk).state == Progress.State.DONE
