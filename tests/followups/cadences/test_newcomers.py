"""Before a playbook is published: the first week of a partner who would be accepted now."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.cadences.newcomers import FirstWeek, first_week
from followups.engine.deciding import decide_batch
from followups.models import FollowUp, Message, Touch
from partners.accepting import accept
from partners.models import Member, Partner, Vendor
from playbooks.models import PlaybookVersion
from playbooks.publishing import publish
from tests.clock import Clock
from tests.factories import NOW, make_partner, make_version
from tests.followups.cadences.conftest import DAY

pytestmark = pytest.mark.django_db
EVENING = NOW + timedelta(days=3, hours=11)  # Friday, 21:00 in Berlin: even the welcome has to wait


def week(version: PlaybookVersion) -> FirstWeek:
    found = first_week(version=version, language="en", now=EVENING)
    assert found is not None
    return found


def test_it_says_what_a_partner_who_is_accepted_then_gets(vendor: Vendor, me: Member) -> None:
    cadence = vendor.cadences.get()
    Touch.objects.create(cadence=cadence, kind="manager", after_hours=72, to="manager")
    Touch.objects.create(cadence=cadence, kind="begun", after_hours=80, condition="something_done")
    version = make_version(vendor, published=False)
    foretold = sorted(
        (line.at, str(line.fate)) for _day, lines in week(version).days for line in lines if line.fate != "Called off"
    )
    publish(version=version, by=None, now=EVENING)
    accept(partner=make_partner(vendor, manager=me, state=Partner.State.SIGNED), by=me.user, now=EVENING)
    now = EVENING
    while due := FollowUp.objects.scheduled().filter(due_at__lt=EVENING + 7 * DAY).order_by("due_at").first():
        now = max(now, due.due_at)
        decide_batch(now=now)
        Message.objects.filter(state="ready").update(state="accepted", finished_at=now)
    lived = FollowUp.objects.filter(state="decided").values_list("finished_at", flat=True)
    assert [at for at, _fate in foretold] == sorted(at for at in lived if at is not None)
    assert len(foretold) == 4


def test_it_writes_nothing_and_its_queries_do_not_grow(vendor: Vendor) -> None:
    version = make_version(vendor, published=False)
    counts = []
    for more in range(2):
        for number in range(4 * more):
            Touch.objects.create(cadence=vendor.cadences.get(), kind=f"t{number}", after_hours=30 + number)
        with CaptureQueriesContext(connection) as captured:
            week(version)
        assert {query["sql"].lstrip("(").split()[0] for query in captured} == {"SELECT"}
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_it_is_on_the_page_before_publishing(desk: Client, vendor: Vendor, clock: Clock) -> None:
    version = make_version(vendor, steps=[{"key": "ours", "who": "vendor"}, "theirs"], published=False)
    page = desk.get(f"/v/nordlicht/playbooks/{version.playbook_id}/publish/").content.decode()
    assert "The first seven days of a partner you accept now" in page
    assert "Counted from when “Do the theirs thing” opens" in page
    assert "48 hours after the step opens" in page


def test_a_step_for_some_alone_is_not_what_everybody_begins_with(vendor: Vendor) -> None:
    german = {"key": "tax", "condition": [{"about": "country", "how": "in", "values": ["DE"]}]}
    found = week(make_version(vendor, steps=[german, "call"], published=False))
    assert (found.step, found.is_first) == ("Do the call thing", True)
    found = week(make_version(vendor, steps=[german], published=False, slug="german", default=False))
    assert (found.step, found.is_first) == ("Do the tax thing", True)


def test_a_playbook_in_which_nothing_is_the_partners_has_no_such_week(vendor: Vendor) -> None:
    version = make_version(vendor, steps=[{"key": "ours", "who": "vendor"}], published=False)
    assert first_week(version=version, language="en", now=NOW) is None
