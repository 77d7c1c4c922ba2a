"""What happens on a step plans, moves and calls off follow-ups in the same transaction."""

from datetime import UTC, datetime, timedelta

import pytest

from followups.engine.cadences import ASKED_FOR
from followups.models import Cadence, FollowUp, Touch
from partners.models import Partner, Vendor
from partners.vendors import create_vendor
from playbooks import walking
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_version

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def planned(progress: Progress) -> dict[str, datetime]:
    return dict(FollowUp.objects.scheduled().filter(progress=progress).values_list("kind", "due_at"))


def reasons(progress: Progress) -> set[tuple[str, str]]:
    return set(FollowUp.objects.filter(progress=progress).values_list("state", "reason"))


def test_a_new_vendor_has_the_24_and_48_hour_cadence() -> None:
    vendor = create_vendor(
        name="New", slug="new", owner=make_user(), country="DE", language="de", time_zone="Europe/Berlin", now=NOW
    )
    touches = Touch.objects.filter(cadence=Cadence.objects.get(vendor=vendor))
    assert list(touches.values_list("kind", "after_hours")) == [("remind-24h", 24), ("remind-48h", 48)]


def test_an_open_step_gets_its_reminders(progress: Progress) -> None:
    assert planned(progress) == {
        "remind-24h": NOW + timedelta(hours=24),
        "remind-48h": NOW + timedelta(hours=48),
    }


def test_two_that_fall_on_a_weekend_come_on_monday_and_tuesday(partner: Partner) -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)  # 16:00 in Berlin
    progress = make_enrollment(partner, now=friday).progress.get(position=0)
    assert planned(progress) == {
        "remind-24h": datetime(2026, 3, 9, 8, tzinfo=UTC),
        "remind-48h": datetime(2026, 3, 10, 8, tzinfo=UTC),
    }


def test_in_the_contacts_own_zone(vendor: Vendor) -> None:
    partner = make_partner(vendor, time_zone="Europe/London", contact={"time_zone": "America/New_York"})
    progress = make_enrollment(partner).progress.get(position=0)
    assert planned(progress)["remind-24h"] == datetime(2026, 3, 4, 14, tzinfo=UTC)  # 9:00 there


def test_a_step_that_is_the_vendors_gets_none(partner: Partner) -> None:
    version = make_version(partner.vendor, steps=[{"key": "ours", "who": "vendor"}])
    progress = make_enrollment(partner, version=version).progress.get()
    assert planned(progress) == {}


def test_done_calls_them_off_and_plans_the_next(progress: Progress, enrollment: Enrollment) -> None:
    walking.complete(progress=progress, by=None, now=LATER)
    assert reasons(progress) == {("cancelled", "step_settled")}
    assert len(planned(enrollment.progress.get(position=1))) == 2


def test_stuck_calls_them_off_and_help_plans_anew(progress: Progress) -> None:
    walking.get_stuck(progress=progress, reason="No login", by=None, now=LATER)
    assert reasons(progress) == {("cancelled", "not_partners_turn")}
    walking.help_on(progress=progress, answer="Here it is", by=None, now=LATER + timedelta(hours=1))
    assert planned(progress)["remind-24h"] == LATER + timedelta(hours=25)
    assert FollowUp.objects.filter(progress=progress, episode=1).count() == 2


def test_later_moves_both_and_uses_up_nothing(progress: Progress) -> None:
    until = datetime(2026, 3, 6, 8, tzinfo=UTC)  # Friday, 9:00 in Berlin
    walking.remind_later(progress=progress, until=until, by=None, now=LATER)
    assert planned(progress) == {"remind-24h": until, "remind-48h": datetime(2026, 3, 9, 8, tzinfo=UTC)}


def test_later_after_all_were_sent_still_brings_one(progress: Progress) -> None:
    FollowUp.objects.filter(progress=progress).update(state="cancelled", reason="step_settled", finished_at=NOW)
    until = datetime(2026, 3, 7, 8, tzinfo=UTC)  # a Saturday
    walking.remind_later(progress=progress, until=until, by=None, now=LATER)
    assert planned(progress) == {ASKED_FOR: datetime(2026, 3, 9, 8, tzinfo=UTC)}


def test_the_end_of_the_playbook_calls_off_the_rest(partner: Partner) -> None:
    version = make_version(partner.vendor, steps=["only"])
    progress = make_enrollment(partner, version=version).progress.get()
    walking.complete(progress=progress, by=None, now=LATER)
    assert not FollowUp.objects.scheduled().exists()


def test_touches_to_sponsor_and_manager(vendor: Vendor) -> None:
    sponsor = make_partner(vendor, company="Sponsor AG", email="sven@sponsor.example")
    partner = make_partner(vendor, sponsor=sponsor, manager=make_member(vendor))
    cadence = Cadence.objects.get(vendor=vendor)
    Touch.objects.create(cadence=cadence, kind="tell-sponsor", after_hours=72, to=Touch.To.SPONSOR)
    Touch.objects.create(cadence=cadence, kind="tell-manager", after_hours=96, to=Touch.To.MANAGER)
    progress = make_enrollment(partner).progress.get(position=0)
    told = {
        row.kind: (row.contact and row.contact.email, row.member) for row in FollowUp.objects.filter(progress=progress)
    }
    assert told["tell-sponsor"] == ("sven@sponsor.example", None)
    assert told["tell-manager"] == (None, partner.manager)


def test_without_a_sponsor_that_touch_is_left_out(vendor: Vendor, partner: Partner) -> None:
    Touch.objects.create(cadence=vendor.cadence, kind="tell-sponsor", after_hours=72, to=Touch.To.SPONSOR)
    progress = make_enrollment(partner).progress.get(position=0)
    assert set(planned(progress)) == {"remind-24h", "remind-48h"}
