"""What happens on a step plans, moves and calls off follow-ups in the same transaction."""

from datetime import UTC, datetime, time, timedelta

import pytest

from followups.engine.cadences import ASKED_FOR, NOTICES
from followups.engine.deciding import decide_batch
from followups.models import Cadence, FollowUp, Message, Touch
from partners.configuring import change_vendor
from partners.models import Partner, Vendor
from partners.signals import partner_zone_changed
from partners.vendors import create_vendor
from playbooks import putting_off, walking
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_vendor, make_version

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def planned(progress: Progress) -> dict[str, datetime]:
    return dict(FollowUp.objects.scheduled().filter(progress=progress).values_list("kind", "due_at"))


def reasons(progress: Progress) -> set[tuple[str, str]]:
    rows = FollowUp.objects.filter(progress=progress).exclude(kind__in=NOTICES)
    return set(rows.values_list("state", "reason"))


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


@pytest.mark.parametrize("channel", [Touch.Channel.IN_APP, Touch.Channel.CALL])
def test_a_note_or_a_call_moves_no_mail(vendor: Vendor, partner: Partner, channel: str) -> None:
    cadence = Cadence.objects.get(vendor=vendor)
    Touch.objects.create(cadence=cadence, kind="first-of-all", after_hours=1, channel=channel)
    friday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)  # 17:30 in Berlin
    due = planned(make_enrollment(partner, now=friday).progress.get(position=0))
    assert due.pop("first-of-all") == datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert due == {
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
    again = FollowUp.objects.filter(progress=progress, episode=1).order_by("due_at")
    assert [each.kind for each in again] == ["answer", "remind-24h", "remind-48h"]


def test_later_moves_both_and_uses_up_nothing(progress: Progress) -> None:
    until = datetime(2026, 3, 6, 8, tzinfo=UTC)  # Friday, 9:00 in Berlin
    putting_off.remind_later(progress=progress, until=until, by=None, now=LATER)
    assert planned(progress) == {"remind-24h": until, "remind-48h": datetime(2026, 3, 9, 8, tzinfo=UTC)}


def test_later_after_all_were_sent_still_brings_one(progress: Progress) -> None:
    FollowUp.objects.filter(progress=progress).update(state="cancelled", reason="step_settled", finished_at=NOW)
    until = datetime(2026, 3, 7, 8, tzinfo=UTC)  # a Saturday
    putting_off.remind_later(progress=progress, until=until, by=None, now=LATER)
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
    Touch.objects.create(cadence=vendor.cadences.get(), kind="tell-sponsor", after_hours=72, to=Touch.To.SPONSOR)
    progress = make_enrollment(partner).progress.get(position=0)
    assert set(planned(progress)) == {"remind-24h", "remind-48h"}


def give_vendor(vendor: Vendor, **changes: object) -> None:
    change_vendor(vendor=vendor, changes=changes, by=make_user(), now=LATER)
    decide_batch(now=LATER)


def test_new_working_hours_move_what_is_planned_at_once(vendor: Vendor, progress: Progress) -> None:
    give_vendor(vendor, day_starts=time(13))
    assert planned(progress) == {
        "remind-24h": datetime(2026, 3, 4, 12, tzinfo=UTC),
        "remind-48h": datetime(2026, 3, 5, 12, tzinfo=UTC),
    }
    assert reasons(progress) == {("scheduled", "policy_changed")}
    assert not Message.objects.exists()


def test_hours_that_open_earlier_bring_forward_what_had_moved_into_them(partner: Partner) -> None:
    evening = datetime(2026, 3, 3, 18, tzinfo=UTC)  # 19:00 in Berlin, past the day's end
    progress = make_enrollment(partner, now=evening).progress.get(position=0)
    assert planned(progress)["remind-24h"] == datetime(2026, 3, 5, 8, tzinfo=UTC)
    change_vendor(vendor=partner.vendor, changes={"day_ends": time(21)}, by=make_user(), now=evening)
    decide_batch(now=evening)
    assert planned(progress)["remind-24h"] == evening + timedelta(hours=24)


def test_another_setting_or_vendor_moves_nothing(vendor: Vendor, progress: Progress) -> None:
    other = make_vendor("other")
    give_vendor(other, day_starts=time(13))
    give_vendor(vendor, colour="#123456")
    assert reasons(progress) == {("scheduled", "")}


def test_a_partners_new_zone_moves_theirs_and_nobody_elses(partner: Partner, progress: Progress) -> None:
    neighbour = make_enrollment(make_partner(partner.vendor), version=progress.enrollment.version)
    Partner.objects.filter(pk=partner.pk).update(time_zone="America/New_York")
    partner_zone_changed.send(sender=Partner, partner=partner, now=LATER)
    decide_batch(now=LATER)
    assert planned(progress)["remind-24h"] == datetime(2026, 3, 4, 14, tzinfo=UTC)
    assert reasons(neighbour.progress.get(position=0)) == {("scheduled", "")}


def test_a_new_country_in_the_same_zone_sends_nothing_early(partner: Partner, progress: Progress) -> None:
    partner_zone_changed.send(sender=Partner, partner=partner, now=LATER)
    decide_batch(now=LATER)
    assert planned(progress)["remind-24h"] == NOW + timedelta(hours=24)
    assert not Message.objects.exists()


def test_what_was_asked_for_later_stays_later(vendor: Vendor, progress: Progress) -> None:
    until = NOW + timedelta(days=3)
    putting_off.remind_later(progress=progress, until=until, by=None, now=NOW)
    give_vendor(vendor, day_starts=time(9, 30))
    assert min(planned(progress).values()) >= until
    assert not Message.objects.exists()


def test_whoever_has_nobody_just_then_loses_nothing(vendor: Vendor, partner: Partner, progress: Progress) -> None:
    partner.contacts.update(left_at=NOW)
    give_vendor(vendor, day_starts=time(13))
    assert len(planned(progress)) == 2
