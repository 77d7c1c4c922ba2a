"""Which touches are in force where, to whom they go, and when they are left out."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.engine.cadences import cadences_of
from followups.engine.deciding import decide_batch
from followups.engine.levels import Place
from followups.models import Cadence, FollowUp, Message, Touch
from partners.models import Contact, Partner, Vendor
from playbooks import walking
from playbooks.models import Enrollment, Playbook, Progress
from tests.factories import NOW, make_contact, make_enrollment, make_partner, make_version

pytestmark = pytest.mark.django_db
DUE = NOW + timedelta(hours=24)


def own_cadence(playbook: Playbook, *hours: int) -> Cadence:
    cadence = Cadence.objects.create(vendor=playbook.vendor, playbook=playbook, changed_at=NOW)
    for after in hours:
        Touch.objects.create(cadence=cadence, kind=f"own-{after}h", after_hours=after)
    return cadence


def kinds(enrollment: Enrollment) -> set[str]:
    return set(FollowUp.objects.scheduled().filter(enrollment=enrollment).values_list("kind", flat=True))


def test_a_playbooks_own_touches_stand_instead_of_the_standard_ones(vendor: Vendor, partner: Partner) -> None:
    own, other = make_version(vendor), make_version(vendor, slug="other", default=False)
    own_cadence(own.playbook, 12, 36)
    assert kinds(make_enrollment(partner, version=own)) == {"own-12h", "own-36h"}
    assert kinds(make_enrollment(make_partner(vendor), version=other)) == {"remind-24h", "remind-48h"}


def test_own_touches_that_are_none_mean_none(vendor: Vendor, partner: Partner) -> None:
    version = make_version(vendor)
    own_cadence(version.playbook)
    assert kinds(make_enrollment(partner, version=version)) == set()
    assert cadences_of([vendor.pk]).of(vendor.pk, Place(version.playbook_id)) == []


def test_touches_that_are_stale_are_judged_by_their_own_playbooks(vendor: Vendor, progress: Progress) -> None:
    cadence = own_cadence(progress.enrollment.playbook)
    Touch.objects.create(cadence=cadence, kind="remind-48h", after_hours=30)
    Vendor.objects.update(policy_version=2)
    FollowUp.objects.update(due_at=NOW)
    decide_batch(now=NOW)
    [gone, moved] = FollowUp.objects.filter(progress=progress).order_by("kind")
    assert (gone.state, gone.reason) == ("cancelled", "touch_removed")
    assert (moved.due_at, moved.held) == (NOW + timedelta(hours=30), "policy_changed")


def test_who_has_the_role_gets_it_else_who_the_playbook_talks_to(vendor: Vendor, partner: Partner) -> None:
    Touch.objects.filter(cadence__vendor=vendor).update(role=Contact.Role.TECHNICAL)
    technician = make_contact(partner, role="technical", email="tom@hafen.example")
    make_contact(partner, role="technical", email="late@hafen.example")
    make_contact(partner, role="technical", email="gone@hafen.example", left_at=NOW)
    make_enrollment(partner)
    lonely = make_partner(vendor)
    make_enrollment(lonely, version=partner.enrollments.get().version)
    told = dict(FollowUp.objects.filter(kind="remind-24h").values_list("partner", "contact"))
    assert told == {partner.pk: technician.pk, lonely.pk: lonely.contacts.get().pk}


@pytest.mark.parametrize(
    ("condition", "sent_while_nothing_is_done", "sent_afterwards"),
    [("nothing_done", True, False), ("something_done", False, True), ("", True, True)],
)
def test_a_touch_whose_condition_is_not_met_is_called_off(
    vendor: Vendor,
    progress: Progress,
    enrollment: Enrollment,
    condition: str,
    sent_while_nothing_is_done: bool,
    sent_afterwards: bool,
) -> None:
    Touch.objects.filter(cadence__vendor=vendor).update(condition=condition)
    decide_batch(now=DUE)
    assert Message.objects.exists() == sent_while_nothing_is_done
    walking.complete(progress=progress, by=None, now=DUE)
    Message.objects.all().update(state="accepted", finished_at=DUE)
    then = FollowUp.objects.scheduled().filter(kind="remind-24h").get().due_at
    decide_batch(now=then)
    ended = FollowUp.objects.get(kind="remind-24h", progress=enrollment.progress.get(position=1))
    assert (ended.state == "decided") == sent_afterwards
    assert ended.reason == ("sent_alone" if sent_afterwards else "condition_unmet")


def test_why_it_was_moved_is_kept_when_it_is_sent(progress: Progress) -> None:
    FollowUp.objects.filter(kind="remind-48h").delete()
    night = NOW + timedelta(hours=34)
    FollowUp.objects.update(due_at=night)
    decide_batch(now=night)
    decide_batch(now=FollowUp.objects.get().due_at)
    followup = FollowUp.objects.get()
    assert (followup.state, followup.reason, followup.held) == ("decided", "sent_alone", "outside_window")


def test_conditions_cost_one_query_however_many_follow_ups(vendor: Vendor) -> None:
    Touch.objects.filter(cadence__vendor=vendor).update(condition="nothing_done")
    version = make_version(vendor)
    counts = []
    for partners in (1, 6):
        for _ in range(partners):
            make_enrollment(make_partner(vendor), version=version)
        with CaptureQueriesContext(connection) as captured:
            decide_batch(now=DUE)
        counts.append(len(captured))
    assert counts[0] == counts[1]
