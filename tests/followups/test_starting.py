"""Partners who were accepted without a playbook: all of them are started, each once, whoever asks and however often."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups import starting
from followups.models import FollowUp, Standing, Start
from followups.starting import ask_for_all, carry_out, carry_out_all, start_waiting, welcomes
from followups.tasks import start_waiting as task
from partners.accepting import accept_all
from partners.carrying_out import CarriedOutElsewhere
from partners.models import AuditEntry, Contact, Member, Partner, Vendor
from playbooks import enrolling
from playbooks.models import Enrollment, PlaybookVersion
from tests.factories import NOW, make_enrollment, make_member, make_orders, make_partner, make_user, make_vendor
from tests.factories import make_version as published
from tests.followups import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor("house")


@pytest.fixture
def me(vendor: Vendor) -> Member:
    return make_member(vendor)


def accepted(me: Member, count: int, **fields: Any) -> list[int]:
    """Partners who were accepted while there was no playbook."""
    partners = [
        make_partner(me.vendor, company=f"Company {number:03}", manager=me, state="signed", **fields)
        for number in range(count)
    ]
    found = accept_all(vendor=me.vendor, partner_ids=[each.pk for each in partners], by=me.user, now=NOW, playbook="-")
    return [partner.pk for partner in found]


def walking(version: PlaybookVersion) -> set[int]:
    return set(Enrollment.objects.filter(version=version).values_list("partner", flat=True))


def test_everybody_who_waits_begins_and_is_welcomed(me: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "BATCH", 3)
    keys = accepted(me, 8)
    version = published(me.vendor)
    start = ask_for_all(vendor=me.vendor, version=version, by=me.user, now=NOW)
    assert carry_out(start=start, now=NOW)
    assert walking(version) == set(keys)
    assert set(FollowUp.objects.filter(kind="welcome").values_list("partner", flat=True)) == set(keys)
    start.refresh_from_db()
    assert (start.waiting, start.started, start.lease_until) == (8, 8, None)
    assert start.ended_at is not None
    assert Standing.objects.of(me.vendor).walking_nothing().count() == 0
    entry = AuditEntry.objects.get(action="playbook.started_for_all")
    assert (entry.by, entry.data) == (me.user, {"waiting": 8})


def test_of_one_manager_only_theirs_begin(me: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "BATCH", 2)
    mine = accepted(me, 3)
    other = make_member(me.vendor)
    theirs = accepted(other, 2)
    version = published(me.vendor)
    start = ask_for_all(vendor=me.vendor, version=version, by=me.user, now=NOW, manager=me)
    assert not carry_out(start=start, now=NOW, seconds=0)
    carry_out_all(now=NOW)  # a worker knows whose, too
    assert walking(version) == set(mine)
    start.refresh_from_db()
    assert (start.waiting, start.started, start.ended_at is not None) == (3, 3, True)
    assert AuditEntry.objects.get(action="playbook.started_for_all").data == {"waiting": 3, "manager": me.pk}
    assert welcomes(vendor=me.vendor, now=NOW, manager=me).total == 0
    assert welcomes(vendor=me.vendor, now=NOW, manager=other).total == len(theirs)


def test_asking_twice_starts_nobody_twice(me: Member) -> None:
    keys = accepted(me, 2)
    version = published(me.vendor)
    first = ask_for_all(vendor=me.vendor, version=version, by=me.user, now=NOW)
    again = ask_for_all(vendor=me.vendor, version=version, by=me.user, now=NOW)
    assert again == first
    carry_out(start=first, now=NOW)
    with pytest.raises(CarriedOutElsewhere):  # it is done
        carry_out(start=again, now=NOW)
    assert sorted(Enrollment.objects.values_list("partner", flat=True)) == keys
    assert AuditEntry.objects.filter(action="playbook.started_for_all").count() == 1


def test_only_one_carries_it_out(me: Member) -> None:
    accepted(me, 1)
    start = ask_for_all(vendor=me.vendor, version=published(me.vendor), by=me.user, now=NOW)
    Start.objects.update(lease_until=NOW + timedelta(minutes=1))
    with pytest.raises(CarriedOutElsewhere):
        carry_out(start=start, now=NOW)
    carry_out_all(now=NOW)
    assert not Enrollment.objects.exists()
    carry_out_all(now=NOW + timedelta(minutes=2))  # whoever held it died
    assert Enrollment.objects.count() == 1


def test_a_worker_goes_on_where_the_time_ran_out(me: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "BATCH", 2)
    accepted(me, 5)
    start = ask_for_all(vendor=me.vendor, version=published(me.vendor), by=me.user, now=NOW)
    assert not carry_out(start=start, now=NOW, seconds=0)
    assert Start.objects.get().started == 2
    task()
    start.refresh_from_db()
    assert (start.started, start.lease_until) == (5, None)
    assert start.ended_at is not None


def test_what_breaks_off_is_tried_three_times(
    me: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accepted(me, 2)
    ask_for_all(vendor=me.vendor, version=published(me.vendor), by=me.user, now=NOW)

    def fail(**_: object) -> int:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(starting, "start_waiting", fail)
    for tries in (1, 2, 3):
        carry_out_all(now=NOW)
        assert Start.objects.get().tries == tries
    assert Start.objects.get().ended_at == NOW
    assert "disk is full" in caplog.text
    monkeypatch.undo()
    again = ask_for_all(vendor=me.vendor, version=published(me.vendor, slug="b", default=False), by=me.user, now=NOW)
    assert again.waiting == 2  # nobody is lost: who waits can be started anew


def test_who_walks_ordered_left_or_has_nobody_does_not_begin(me: Member) -> None:
    keys = accepted(me, 6)
    version, other = published(me.vendor), published(me.vendor, slug="other", default=False)
    walks, ordered, left, alone, *waiting = Partner.objects.filter(pk__in=keys).order_by("pk")
    make_enrollment(walks, version=other)
    make_orders(ordered, NOW.date())
    Partner.objects.filter(pk=left.pk).update(state="left")
    Contact.objects.filter(partner=alone).update(left_at=NOW)
    for each in (ordered, left, alone):
        world.refreshed(each, now=NOW)
    theirs = accepted(make_member(make_vendor("other")), 1)
    assert start_waiting(vendor=me.vendor, partner_ids=[*keys, *theirs], version=version, by=me.user, now=NOW) == 2
    assert walking(version) == {partner.pk for partner in waiting}


def test_both_floors_mean_the_same_people(me: Member) -> None:
    keys = accepted(me, 5)
    version = published(me.vendor)
    make_partner(me.vendor, manager=me, state="signed")
    walks, ordered, alone, *_ = Partner.objects.filter(pk__in=keys).order_by("pk")
    make_enrollment(walks, version=version)
    make_orders(ordered, NOW.date())
    Contact.objects.filter(partner=alone).update(left_at=NOW)
    for each in (ordered, alone):
        world.refreshed(each, now=NOW)
    found = set(Standing.objects.of(me.vendor).walking_nothing().values_list("pk", flat=True))
    assert found == set(enrolling.waiting(me.vendor).values_list("pk", flat=True)) == set(keys[3:])


def test_it_says_how_many_mails_leave_now_and_how_many_in_the_morning(me: Member) -> None:
    night = datetime(2026, 3, 3, 22, tzinfo=UTC)  # 23:00 in Berlin, 14:00 in Los Angeles
    accepted(me, 2, time_zone="Europe/Berlin")
    accepted(me, 1, time_zone="America/Los_Angeles")
    accepted(me, 1, time_zone="Europe/Berlin", contact={"time_zone": "America/Los_Angeles"})
    with CaptureQueriesContext(connection) as seen:
        said = welcomes(vendor=me.vendor, now=night)
    assert (said.at_once, said.in_the_morning, len(seen)) == (2, 2, 1)
    start = ask_for_all(vendor=me.vendor, version=published(me.vendor), by=me.user, now=night)
    carry_out(start=start, now=night)
    due = FollowUp.objects.filter(kind="welcome").values_list("due_at", flat=True)
    assert sum(at < night + timedelta(minutes=1) for at in due) == said.at_once
    assert sum(at > night + timedelta(hours=8) for at in due) == said.in_the_morning


def test_a_batch_costs_as_many_queries_however_many_are_in_it(me: Member) -> None:
    def counted(act: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as seen:
            act()
        return len(seen)

    def queries(count: int) -> int:
        keys = accepted(me, count)
        return counted(lambda: start_waiting(vendor=me.vendor, partner_ids=keys, version=version, by=me.user, now=NOW))

    version = published(me.vendor)
    assert queries(2) == queries(120)


def test_another_vendor_is_left_alone(me: Member) -> None:
    accepted(me, 1)
    theirs = make_member(make_vendor("other"))
    accepted(theirs, 2)
    carry_out(start=ask_for_all(vendor=me.vendor, version=published(me.vendor), by=make_user(), now=NOW), now=NOW)
    assert not Enrollment.objects.of(theirs.vendor).exists()
