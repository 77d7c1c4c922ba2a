"""Everything is checked again when a follow-up falls due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.engine import deciding
from followups.engine.deciding import decide_batch
from followups.engine.facts import Due, Pending
from followups.engine.gathering import gather, read_due, waiting_for
from followups.engine.judging import judge
from followups.engine.transports import SmtpTransport
from followups.models import FollowUp, Message, Suppression
from partners.models import Partner, Vendor
from playbooks import walking
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_contact, make_enrollment, make_partner, make_version
from tests.followups.engine.conftest import pump_all
from tests.followups.engine.explaining import explaining
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


def the(kind: str = "remind-24h", **where: object) -> FollowUp:
    return FollowUp.objects.get(kind=kind, **where)


def test_nothing_before_its_time(progress: Progress) -> None:
    assert decide_batch(now=NOW + DAY - timedelta(seconds=1)) == 0
    assert not Message.objects.exists()


def test_due_becomes_the_days_one_message(progress: Progress, vendor: Vendor) -> None:
    assert decide_batch(now=NOW + DAY) == 1
    message = Message.objects.get()
    assert message.key == f"digest:{vendor.pk}:hanna@hafen.example:2026-03-04"
    assert (message.state, message.kind) == ("ready", "reminder")
    assert (the().state, the().reason, the().message) == ("decided", "sent_alone", message)
    assert decide_batch(now=NOW + DAY) == 0


def test_several_of_one_person_go_into_one_mail(partner: Partner, progress: Progress) -> None:
    other = make_version(partner.vendor, slug="other", default=False)
    make_enrollment(partner, version=other)
    decide_batch(now=NOW + DAY)
    assert Message.objects.count() == 1
    assert sorted(FollowUp.objects.filter(kind="remind-24h").values_list("reason", flat=True)) == [
        "merged",
        "sent_alone",
    ]


def test_one_that_comes_while_the_mail_waits_joins_it(partner: Partner, progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    other = make_enrollment(partner, version=make_version(partner.vendor, slug="other", default=False))
    FollowUp.objects.filter(enrollment=other, kind="remind-24h").update(due_at=NOW + DAY)
    decide_batch(now=NOW + DAY + timedelta(minutes=5))
    assert Message.objects.count() == 1
    assert the(enrollment=other).reason == "merged"


@pytest.mark.parametrize("state", ["accepted", "sending", "claimed"])
def test_after_the_days_mail_has_left_the_next_waits_a_day(partner: Partner, progress: Progress, state: str) -> None:
    decide_batch(now=NOW + DAY)
    held = {"lease_until": NOW + DAY} if state != "accepted" else {"finished_at": NOW + DAY}
    Message.objects.update(state=state, **held)
    other = make_enrollment(partner, version=make_version(partner.vendor, slug="other", default=False))
    FollowUp.objects.filter(enrollment=other, kind="remind-24h").update(due_at=NOW + DAY)
    decide_batch(now=NOW + DAY)
    late = the(enrollment=other)
    assert (late.state, late.reason) == ("scheduled", "daily_cap")
    assert late.due_at == datetime(2026, 3, 5, 8, tzinfo=UTC)  # Thursday, 9:00 in Berlin
    assert Message.objects.count() == 1


def test_three_a_week_then_it_waits(vendor: Vendor, progress: Progress) -> None:
    for days in (1, 2, 3):
        at = NOW + DAY - timedelta(days=days)
        Message.objects.create(
            vendor=vendor,
            key=f"digest:earlier:{days}",
            kind=Message.Kind.REMINDER,
            to_address="hanna@hafen.example",
            state=Message.State.ACCEPTED,
            not_before=at,
            created_at=at,
            finished_at=at,
        )
    decide_batch(now=NOW + DAY)
    assert (the().state, the().reason) == ("scheduled", "weekly_cap")
    assert the().due_at == datetime(2026, 3, 9, 8, tzinfo=UTC)  # a week after the first is a Sunday


def test_a_step_that_was_settled_without_a_word_is_seen(progress: Progress) -> None:
    Progress.objects.filter(pk=progress.pk).update(state="done", turn="", turn_since=None, settled_at=NOW)
    decide_batch(now=NOW + DAY)
    assert (the().state, the().reason) == ("cancelled", "step_settled")


def test_the_vendors_turn_is_seen(progress: Progress) -> None:
    Progress.objects.filter(pk=progress.pk).update(turn="vendor")
    decide_batch(now=NOW + DAY)
    assert (the().state, the().reason) == ("cancelled", "not_partners_turn")


def test_a_stopped_playbook_and_a_partner_who_left(enrollment: Enrollment, vendor: Vendor) -> None:
    Enrollment.objects.filter(pk=enrollment.pk).update(state="stopped", ended_at=NOW)
    gone = make_partner(vendor)
    make_enrollment(gone, version=enrollment.version)
    Partner.objects.filter(pk=gone.pk).update(state="left")
    decide_batch(now=NOW + DAY)
    assert set(FollowUp.objects.filter(kind="remind-24h").values_list("reason", flat=True)) == {"enrollment_ended"}


def test_a_snooze_holds_with_its_reason(progress: Progress) -> None:
    Progress.objects.filter(pk=progress.pk).update(snoozed_until=NOW + timedelta(days=2))
    decide_batch(now=NOW + DAY)
    assert (the().state, the().reason, the().due_at) == ("scheduled", "snoozed", NOW + timedelta(days=2))


def test_a_time_that_was_set_aside_holds_with_a_reason_of_its_own(progress: Progress) -> None:
    thursday = NOW + timedelta(days=2)
    Progress.objects.filter(pk=progress.pk).update(snoozed_until=thursday, slot_at=thursday)
    decide_batch(now=NOW + DAY)
    assert (the().state, the().reason, the().held, the().due_at) == ("scheduled", "slot", "slot", thursday)


def test_unsubscribed_and_bounced_are_held_back(vendor: Vendor, progress: Progress) -> None:
    other = make_enrollment(make_partner(vendor, email="dead@nowhere.example"), version=progress.enrollment.version)
    Suppression.objects.create(vendor=vendor, address="hanna@hafen.example", reason="unsubscribed", created_at=NOW)
    Suppression.objects.create(vendor=None, address="dead@nowhere.example", reason="bounced", created_at=NOW)
    decide_batch(now=NOW + DAY)
    for enrollment in (progress.enrollment, other):
        row = the(enrollment=enrollment)
        assert (row.state, row.reason) == ("suppressed", "address_suppressed")


def test_another_vendors_unsubscription_is_no_matter_here(progress: Progress) -> None:
    other = make_partner().vendor
    Suppression.objects.create(vendor=other, address="hanna@hafen.example", reason="unsubscribed", created_at=NOW)
    decide_batch(now=NOW + DAY)
    assert the().state == "decided"


def test_at_night_it_waits_for_the_morning(progress: Progress) -> None:
    decide_batch(now=datetime(2026, 3, 4, 22, tzinfo=UTC))
    assert (the().state, the().reason) == ("scheduled", "outside_window")
    assert the().due_at == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_a_changed_zone_plans_anew(partner: Partner, progress: Progress) -> None:
    partner.contacts.update(time_zone="America/New_York")
    decide_batch(now=NOW + DAY)  # five in the morning there
    row = the()
    assert (row.state, row.reason, row.time_zone) == ("scheduled", "policy_changed", "America/New_York")
    assert row.due_at == datetime(2026, 3, 4, 14, tzinfo=UTC)


def test_a_changed_cadence_plans_anew_and_a_removed_touch_ends(vendor: Vendor, progress: Progress) -> None:
    vendor.cadences.get().touches.filter(kind="remind-24h").update(after_hours=30)
    vendor.cadences.get().touches.filter(kind="remind-48h").update(is_active=False)
    FollowUp.objects.filter(kind="remind-48h").update(due_at=NOW + DAY)
    Vendor.objects.filter(pk=vendor.pk).update(policy_version=2)
    decide_batch(now=NOW + DAY)
    assert (the().reason, the().due_at, the().policy_version) == ("policy_changed", NOW + timedelta(hours=30), 2)
    assert (the("remind-48h").state, the("remind-48h").reason) == ("cancelled", "touch_removed")


def test_when_the_first_was_late_the_second_is_measured_from_it(
    progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    outage = NOW + timedelta(hours=50)  # both are due, Thursday noon in Berlin
    pump_all(now=outage, transport=transport)
    second = the("remind-48h")
    assert (second.state, second.reason, second.due_at) == ("scheduled", "first_was_late", outage + DAY)
    pump_all(now=outage + DAY, transport=transport)
    assert len(sink.received) == 2


def test_a_contact_who_left_is_followed_by_the_one_who_is_primary(partner: Partner, progress: Progress) -> None:
    partner.contacts.update(is_primary=False, left_at=NOW)
    make_contact(partner, email="nina@hafen.example", is_primary=True)
    decide_batch(now=NOW + DAY)
    assert Message.objects.get().to_address == "nina@hafen.example"


def test_nobody_left_to_write_to(partner: Partner, progress: Progress) -> None:
    partner.contacts.update(left_at=NOW)
    decide_batch(now=NOW + DAY)
    assert (the().state, the().reason) == ("cancelled", "no_address")


def test_one_bad_row_does_not_stop_the_others(
    vendor: Vendor, progress: Progress, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good = make_enrollment(make_partner(vendor, email="good@example.com"), version=progress.enrollment.version)

    def stumble(due: Due, *args: object, **kwargs: object) -> object:
        if due.progress_id == progress.pk:
            raise ZeroDivisionError
        return judge(due, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(deciding, "judge", stumble)
    decide_batch(now=NOW + DAY)
    assert the(enrollment=good).state == "decided"
    bad = the(enrollment=progress.enrollment)
    assert (bad.state, bad.due_at) == ("scheduled", NOW + DAY + timedelta(hours=1))
    assert "could not be decided" in caplog.text


def test_the_number_of_queries_does_not_grow_with_the_batch(vendor: Vendor) -> None:
    version = make_version(vendor)

    def queries_for(count: int, *, on: datetime) -> int:
        for _ in range(count):
            make_enrollment(make_partner(vendor), version=version, now=on)
        FollowUp.objects.filter(kind="remind-48h").delete()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert decide_batch(now=on + DAY) == count
        return len(captured)

    assert queries_for(3, on=NOW) == queries_for(12, on=NOW + timedelta(minutes=10))


def test_a_cancelled_mail_leaves_the_day_free(
    partner: Partner, progress: Progress, transport: SmtpTransport, sink: SmtpSink
) -> None:
    decide_batch(now=NOW + DAY)
    walking.complete(progress=progress, by=None, now=NOW + DAY)
    pump_all(now=NOW + DAY, transport=transport)
    assert Message.objects.get().state == "cancelled"
    other = make_enrollment(partner, version=make_version(partner.vendor, slug="other", default=False))
    FollowUp.objects.filter(enrollment=other, kind="remind-24h").update(due_at=NOW + DAY)
    pump_all(now=NOW + DAY + timedelta(hours=1), transport=transport)
    assert sink.recipients == ["hanna@hafen.example"]


def test_a_mail_that_leaves_between_two_reads_counts(progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    dues = read_due([the("remind-48h").pk])
    seen: list[str] = []

    def leaves_after_the_first_read(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if 'FROM "followups_message"' in sql and not seen:
            seen.append(sql)
            Message.objects.update(state="accepted", finished_at=NOW + DAY)
        return result

    with connection.execute_wrapper(leaves_after_the_first_read):
        facts = gather(dues, now=NOW + DAY)
    assert seen
    assert facts.pending or facts.accepted


def test_what_has_not_left_is_found_without_reading_what_has(vendor: Vendor) -> None:
    sent = {"vendor": vendor, "kind": "reminder", "not_before": NOW, "created_at": NOW}
    Message.objects.bulk_create(
        Message(key=f"{n}", to_address=f"a{n % 100}@x.example", state="accepted", finished_at=NOW, **sent)
        for n in range(2000)
    )
    Message.objects.create(key="waits", to_address="A1@x.example", **sent)
    plans: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE followups_message")
    with connection.execute_wrapper(explaining(plans)):
        found = waiting_for({vendor.pk}, {"A1@x.example", "a2@x.example"})
    assert found == {(vendor.pk, "a1@x.example"): Pending("waits", "ready")}
    [plan] = plans
    assert "message_not_over" in plan
