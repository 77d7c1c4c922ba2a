"""A draft changes nothing; published it is in force, and what is planned follows in the same transaction."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.cadences import drafting, giving, publishing, replanning
from followups.cadences.joining import join_open_steps
from followups.cadences.reaching import steps_of
from followups.engine.cadences import Rule
from followups.engine.deciding import decide_batch
from followups.engine.levels import Level
from followups.models import Cadence, DraftTouch, FollowUp, Message, Touch
from partners.models import AuditEntry, Contact, Member, Partner, Vendor
from playbooks.models import Progress
from tests.factories import NOW, make_contact, make_enrollment, make_partner, make_version
from tests.followups.cadences.conftest import said

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def planned(progress: Progress) -> dict[str, datetime]:
    return dict(FollowUp.objects.scheduled().filter(progress=progress).values_list("kind", "due_at"))


def save(draft: Cadence, kind: str = "", **fields: object) -> DraftTouch:
    return drafting.save_touch(cadence=draft, kind=kind, said=said(**fields), by=None, now=LATER)


def publish(cadence: Cadence, *, now: datetime = LATER) -> bool:
    done = publishing.publish(cadence=cadence, by=None, now=now)
    decide_batch(now=now)
    return done


def test_a_draft_begins_as_what_is_in_force_and_changes_nothing(draft: Cadence, progress: Progress) -> None:
    save(draft, "remind-48h", after_hours=30)
    before = planned(progress)
    decide_batch(now=LATER)
    assert planned(progress) == before
    assert list(draft.draft_touches.values_list("kind", "after_hours")) == [("remind-24h", 24), ("remind-48h", 30)]
    assert list(draft.touches.values_list("kind", "after_hours")) == [("remind-24h", 24), ("remind-48h", 48)]
    assert not publishing.changes_of(draft).added


def test_published_it_moves_what_is_planned(draft: Cadence, vendor: Vendor, progress: Progress) -> None:
    save(draft, "remind-48h", after_hours=30)
    assert publish(draft)
    vendor.refresh_from_db()
    assert vendor.policy_version == 2
    assert planned(progress) == {
        "remind-24h": NOW + timedelta(hours=24),
        "remind-48h": NOW + timedelta(hours=30),
    }
    draft.refresh_from_db()
    assert not draft.has_draft
    assert not draft.draft_touches.exists()
    assert draft.changed_at == LATER


def test_twice_publishes_once(draft: Cadence, vendor: Vendor) -> None:
    save(draft)
    assert publish(draft)
    with pytest.raises(drafting.NoDraft):
        publish(draft)
    vendor.refresh_from_db()
    assert vendor.policy_version == 2
    assert AuditEntry.objects.filter(action="cadence.published").count() == 1


def test_a_draft_that_says_the_same_raises_no_version(draft: Cadence, vendor: Vendor) -> None:
    assert not publish(draft)
    vendor.refresh_from_db()
    assert vendor.policy_version == 1


def test_a_touch_that_is_gone_is_called_off_with_its_reason(draft: Cadence, progress: Progress) -> None:
    drafting.remove_touch(cadence=draft, kind="remind-24h", by=None, now=LATER)
    publish(draft)
    gone = FollowUp.objects.get(kind="remind-24h")
    assert (gone.state, gone.reason) == ("cancelled", "touch_removed")
    assert set(planned(progress)) == {"remind-48h"}


def test_a_new_touch_joins_open_steps_whose_time_has_not_passed(draft: Cadence, progress: Progress) -> None:
    old = make_enrollment(make_partner(draft.vendor), version=progress.enrollment.version).progress.get(position=0)
    Progress.objects.filter(pk=old.pk).update(turn_since=NOW - timedelta(hours=80))
    new = save(draft, after_hours=72)
    publish(draft)
    assert planned(progress)[new.kind] == NOW + timedelta(hours=72)
    assert new.kind not in planned(old)
    assert not Message.objects.exists()


def test_a_new_touch_waits_for_the_hours_of_its_reader(draft: Cadence, partner: Partner, progress: Progress) -> None:
    make_contact(partner, role=Contact.Role.TECHNICAL, email="tom@hafen.example", time_zone="America/New_York")
    new = save(draft, after_hours=72, role="technical")
    publish(draft)
    followup = FollowUp.objects.get(kind=new.kind)
    assert followup.contact is not None
    assert followup.contact.email == "tom@hafen.example"
    assert followup.due_at == NOW + timedelta(hours=77)  # 9:00 there


def test_a_touch_to_somebody_else_is_another_touch(draft: Cadence, me: Member, progress: Progress) -> None:
    changed = save(draft, "remind-48h", after_hours=48, to="manager")
    assert changed.kind != "remind-48h"
    publish(draft)
    assert FollowUp.objects.get(kind="remind-48h").reason == "touch_removed"
    assert FollowUp.objects.get(kind=changed.kind).member == me
    back = drafting.start_draft(cadence=draft, by=None, now=LATER)
    assert save(back, changed.kind, to="partner").kind not in ("remind-24h", "remind-48h", changed.kind)


def test_coming_back_to_its_reader_it_is_the_same_touch(draft: Cadence) -> None:
    changed = save(draft, "remind-48h", after_hours=48, to="manager")
    assert save(draft, changed.kind, after_hours=48).kind == "remind-48h"
    assert not publishing.changes_of(draft)


def test_a_playbooks_own_cadence_changes_nothing_until_it_is_changed(vendor: Vendor, progress: Progress) -> None:
    before = planned(progress)
    own = giving.give_own(playbook=progress.enrollment.playbook, by=None, now=LATER)
    assert giving.give_own(playbook=progress.enrollment.playbook, by=None, now=LATER) == own
    decide_batch(now=LATER)
    assert planned(progress) == before
    drafting.start_draft(cadence=own, by=None, now=LATER)
    drafting.remove_touch(cadence=own, kind="remind-48h", by=None, now=LATER)
    other = make_enrollment(make_partner(vendor), version=make_version(vendor, slug="b", default=False))
    publish(own)
    assert set(planned(progress)) == {"remind-24h"}
    assert set(planned(other.progress.get(position=0))) == {"remind-24h", "remind-48h"}


def test_a_new_standard_touch_leaves_alone_who_is_not_under_the_standard(draft: Cadence, progress: Progress) -> None:
    giving.give_own(playbook=progress.enrollment.playbook, by=None, now=LATER)
    new = save(draft)
    publish(draft)
    assert new.kind not in planned(progress)


def test_given_up_it_is_the_standard_again(draft: Cadence, progress: Progress) -> None:
    new = save(draft)
    own = giving.give_own(playbook=progress.enrollment.playbook, by=None, now=LATER)
    publish(draft)
    assert giving.give_up_own(cadence=own, by=None, now=LATER)
    decide_batch(now=LATER)
    assert planned(progress)[new.kind] == NOW + timedelta(hours=72)
    assert not giving.give_up_own(cadence=draft, by=None, now=LATER)
    assert Cadence.objects.count() == 1


def without_the_second(progress: Progress) -> Cadence:
    """The playbook has a cadence of its own, from which the second touch was taken, and that was called off."""
    own = giving.give_own(playbook=progress.enrollment.playbook, by=None, now=LATER)
    drafting.start_draft(cadence=own, by=None, now=LATER)
    drafting.remove_touch(cadence=own, kind="remind-48h", by=None, now=LATER)
    publish(own)
    assert FollowUp.objects.get(progress=progress, kind="remind-48h").reason == "touch_removed"
    return own


def test_back_under_the_standard_what_was_called_off_is_planned_again(draft: Cadence, progress: Progress) -> None:
    own = without_the_second(progress)
    before = FollowUp.objects.get(progress=progress, kind="remind-48h")
    giving.give_up_own(cadence=own, by=None, now=LATER)
    decide_batch(now=LATER)
    again = FollowUp.objects.get(progress=progress, kind="remind-48h")
    assert (again.pk, again.state, again.due_at) == (before.pk, "scheduled", NOW + timedelta(hours=48))


def test_what_has_passed_meanwhile_is_not(draft: Cadence, progress: Progress) -> None:
    own = without_the_second(progress)
    giving.give_up_own(cadence=own, by=None, now=NOW + timedelta(hours=49))
    assert FollowUp.objects.get(progress=progress, kind="remind-48h").state == "cancelled"


def test_what_ended_otherwise_stays_ended(draft: Cadence, progress: Progress) -> None:
    own = without_the_second(progress)
    FollowUp.objects.filter(kind="remind-48h").update(reason="condition_unmet")
    giving.give_up_own(cadence=own, by=None, now=LATER)
    assert FollowUp.objects.get(progress=progress, kind="remind-48h").state == "cancelled"


def test_what_is_gone_or_full_says_so(cadence: Cadence, draft: Cadence) -> None:
    for hours in range(100, 110):
        save(draft, after_hours=hours)
    with pytest.raises(drafting.TooMany):
        save(draft)
    with pytest.raises(drafting.NoDraft):
        save(draft, "no-such-touch")
    assert drafting.discard_draft(cadence=draft, by=None, now=LATER)
    assert not drafting.discard_draft(cadence=draft, by=None, now=LATER)
    with pytest.raises(drafting.NoDraft):
        save(draft)


def test_when_the_recompute_fails_nothing_is_published(
    draft: Cadence, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    save(draft)
    monkeypatch.setattr(replanning, "plan_anew", fail)
    with pytest.raises(RuntimeError):
        publishing.publish(cadence=draft, by=None, now=LATER)
    vendor.refresh_from_db()
    assert vendor.policy_version == 1
    assert draft.draft_touches.count() == 3
    assert Touch.objects.count() == 2


def test_joining_costs_the_same_for_one_step_and_for_many(vendor: Vendor) -> None:
    rule = Rule.made("joins", 72, "elapsed", "partner", "", "", "mail")
    version = make_version(vendor)
    counts = []
    for partners in (1, 7):
        for _ in range(partners):
            make_enrollment(make_partner(vendor), version=version)
        FollowUp.objects.filter(kind="joins").delete()
        with CaptureQueriesContext(connection) as captured:
            join_open_steps(vendor=vendor, steps=steps_of(Level(vendor.pk)), rule=rule, among=[rule], now=LATER)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert FollowUp.objects.filter(kind="joins").count() == 8
