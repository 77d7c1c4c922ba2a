"""The rehearsal says what the engine then does, and writes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.cadences import drafting, publishing
from followups.cadences.rehearsing import Change, Fate, Line, Rehearsal, rehearse
from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.models import Cadence, FollowUp, Message, Suppression, Touch
from partners.models import Partner, Vendor
from playbooks.models import Enrollment, Progress
from tests.factories import NOW, make_contact, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.followups.cadences.conftest import DAY, said

pytestmark = pytest.mark.django_db
A_WEEK = 7 * DAY
FRIDAY = datetime(2026, 3, 6, 15, tzinfo=UTC)  # 16:00 in Berlin


def week(vendor: Vendor, *, now: datetime = NOW, days: int = 7) -> Rehearsal:
    return rehearse(vendor=vendor, now=now, until=now + days * DAY)


def fates(rehearsal: Rehearsal) -> list[tuple[str, str, str]]:
    return [(line.due.kind, line.fate.value, line.reason) for line in rehearsal.lines]


def reasons(line: Line) -> list[str]:
    return [move.reason for move in line.moves]


def live(*, until: datetime, now: datetime = NOW) -> dict[int, tuple[str, str, datetime | None]]:
    """What the engine really does in that time, with a mail server that takes everything at once."""
    while True:
        due = FollowUp.objects.scheduled().filter(due_at__lt=until).order_by("due_at").first()
        if due is None:
            break
        now = max(now, due.due_at)
        decide_batch(now=now)
        Message.objects.filter(state="ready").update(state="accepted", finished_at=now)
    rows = FollowUp.objects.finished().values_list("pk", "state", "reason", "finished_at")
    return {pk: (state, reason, at) for pk, state, reason, at in rows}


def as_live(rehearsal: Rehearsal) -> dict[int, tuple[str, str, datetime | None]]:
    states = {Fate.SENT: "decided", Fate.MERGED: "decided", Fate.CANCELLED: "cancelled", Fate.SUPPRESSED: "suppressed"}
    return {line.due.pk: (states[line.fate], line.reason, line.at) for line in rehearsal.lines if line.fate in states}


def a_busy_week(vendor: Vendor) -> None:
    """Two playbooks at one partner, weekends, zones, conditions, a sponsor, and one who wants no mail."""
    cadence = vendor.cadences.get()
    Touch.objects.create(cadence=cadence, kind="sponsor", after_hours=72, to="sponsor")
    Touch.objects.create(cadence=cadence, kind="manager", after_hours=30, to="manager", condition="something_done")
    Touch.objects.create(cadence=cadence, kind="third", after_hours=60, basis="working")
    Touch.objects.create(cadence=cadence, kind="fourth", after_hours=100, condition="nothing_done")
    first, second = make_version(vendor), make_version(vendor, slug="b", default=False)
    sponsor = make_partner(vendor, time_zone="Asia/Tokyo")
    for number, zone in enumerate(("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata")):
        partner = make_partner(vendor, time_zone=zone, sponsor=sponsor)
        make_enrollment(partner, version=first, now=NOW + timedelta(hours=5 * number))
        make_enrollment(partner, version=second, now=NOW + timedelta(hours=26, minutes=number))
    refused = Partner.objects.order_by("pk").last()
    assert refused is not None
    Suppression.objects.create(
        vendor=vendor, address=refused.contacts.get().email, reason="unsubscribed", created_at=NOW
    )


def test_it_says_what_the_engine_then_does(vendor: Vendor) -> None:
    a_busy_week(vendor)
    now = NOW + timedelta(hours=27)
    foretold = as_live(week(vendor, now=now))
    assert len(foretold) > 25
    assert len({state for state, _, _ in foretold.values()}) == 3
    assert foretold == live(until=now + A_WEEK, now=now)


def test_it_says_what_a_published_draft_then_does(vendor: Vendor, draft: Cadence) -> None:
    a_busy_week(vendor)
    drafting.save_touch(cadence=draft, kind="remind-48h", said=said(after_hours=29), by=None, now=NOW)
    drafting.save_touch(cadence=draft, kind="", said=said(after_hours=90, to="manager"), by=None, now=NOW)
    drafting.remove_touch(cadence=draft, kind="remind-24h", by=None, now=NOW)
    now = NOW + timedelta(hours=27)
    change = Change.of(draft, publishing.changes_of(draft))
    rehearsal = rehearse(vendor=vendor, now=now, until=now + A_WEEK, change=change)
    foretold = sorted((line.due.kind, line.at, line.reason) for line in rehearsal.lines if line.fate != Fate.LATER)
    publishing.publish(cadence=draft, by=None, now=now)
    live(until=now + A_WEEK, now=now)
    done = FollowUp.objects.finished().values_list("kind", "finished_at", "reason")
    assert foretold == sorted(done)


def test_a_touch_that_newly_names_a_role_goes_to_who_has_it(vendor: Vendor, partner: Partner, draft: Cadence) -> None:
    for role in ("sales", "technical"):
        make_contact(partner, role=role, email=f"{role}@hafen.example")
    make_enrollment(partner, version=make_version(vendor, steps=[{"key": "call", "role": "sales"}]))
    drafting.save_touch(cadence=draft, kind="", said=said(role="technical"), by=None, now=NOW)
    rehearsal = rehearse(
        vendor=vendor, now=NOW, until=NOW + A_WEEK, change=Change.of(draft, publishing.changes_of(draft))
    )
    readers = {line.due.kind: line.due.person.email for line in rehearsal.lines if line.due.person}
    publishing.publish(cadence=draft, by=None, now=NOW)
    decide_batch(now=NOW)
    planned = FollowUp.objects.scheduled().select_related("contact")
    assert readers == {row.kind: row.contact.email for row in planned if row.contact}
    assert sorted(readers.values()) == ["sales@hafen.example", "sales@hafen.example", "technical@hafen.example"]


def test_it_writes_nothing(vendor: Vendor, draft: Cadence) -> None:
    a_busy_week(vendor)
    drafting.save_touch(cadence=draft, kind="", said=said(), by=None, now=NOW)
    change = Change.of(draft, publishing.changes_of(draft))
    with CaptureQueriesContext(connection) as captured:
        rehearse(vendor=vendor, now=NOW, until=NOW + A_WEEK, change=change)
    assert {query["sql"].lstrip("(").split()[0] for query in captured} == {"SELECT"}
    assert not Message.objects.exists()


def test_its_queries_do_not_grow(vendor: Vendor, draft: Cadence) -> None:
    drafting.save_touch(cadence=draft, kind="", said=said(condition="nothing_done"), by=None, now=NOW)
    change = Change.of(draft, publishing.changes_of(draft))
    version = make_version(vendor)
    counts = []
    for partners in (1, 9):
        for _ in range(partners):
            make_enrollment(make_partner(vendor), version=version)
        with CaptureQueriesContext(connection) as captured:
            rehearse(vendor=vendor, now=NOW, until=NOW + A_WEEK, change=change)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_one_mail_a_day_and_three_a_week(vendor: Vendor, partner: Partner) -> None:
    for slug in ("a", "b", "c", "d", "e"):
        make_enrollment(partner, version=make_version(vendor, slug=slug, default=slug == "a"), now=NOW)
    FollowUp.objects.filter(kind="remind-48h").delete()
    for hours, followup in enumerate(FollowUp.objects.order_by("pk")):
        followup.due_at = NOW + timedelta(hours=24 + 24 * (hours // 2) + hours % 2)
        followup.save()
    found = week(vendor)
    assert found.counts == {"sent": 3, "merged": 1, "later": 1}
    assert found.mails == 3
    assert {reason for line in found.lines for reason in reasons(line)} == {"daily_cap", "weekly_cap"}


def test_quiet_hours_move_it(vendor: Vendor, progress: Progress) -> None:
    night = NOW + timedelta(hours=34)
    FollowUp.objects.filter(kind="remind-24h").update(due_at=night)
    line = week(vendor).lines[0]
    assert reasons(line) == ["outside_window"]
    assert line.moves[0].at == night
    assert line.at == NOW + timedelta(hours=47)


def test_who_unsubscribed_is_held_back(vendor: Vendor, progress: Progress) -> None:
    Suppression.objects.create(vendor=None, address="hanna@hafen.example", reason="bounced", created_at=NOW)
    assert fates(week(vendor)) == [
        ("remind-24h", "suppressed", "address_suppressed"),
        ("remind-48h", "suppressed", "address_suppressed"),
    ]


def test_what_waits_longer_than_the_week_is_said_with_its_reason(vendor: Vendor, progress: Progress) -> None:
    Progress.objects.update(snoozed_until=NOW + 20 * DAY)
    found = week(vendor)
    assert {line.fate for line in found.lines} == {Fate.LATER}
    assert reasons(found.lines[0])[0] == "snoozed"


def test_what_is_due_after_the_week_is_no_news(vendor: Vendor, progress: Progress) -> None:
    assert fates(week(vendor, days=1)) == []


def test_a_reminder_that_waits_for_a_server_counts(vendor: Vendor, partner: Partner, progress: Progress) -> None:
    decide_batch(now=NOW + DAY)
    make_enrollment(partner, version=make_version(vendor, slug="b", default=False), now=NOW + timedelta(hours=1))
    found = week(vendor, now=NOW + DAY)
    first = next(line for line in found.lines if line.due.kind == "remind-24h")
    assert (first.fate, first.at.date()) == (Fate.SENT, (NOW + 2 * DAY).date())
    assert reasons(first) == ["daily_cap"]


def test_more_than_the_limit_are_counted(vendor: Vendor) -> None:
    version = make_version(vendor)
    for _ in range(3):
        make_enrollment(make_partner(vendor), version=version)
    found = rehearse(vendor=vendor, now=NOW, until=NOW + A_WEEK, limit=4)
    assert (len(found.lines), found.left_out) == (4, 2)


def test_another_vendors_follow_ups_are_not_in_it(vendor: Vendor) -> None:
    other = make_vendor("other")
    make_default_cadence(vendor=other, now=NOW)
    make_enrollment(make_partner(other, manager=make_member(other)))
    assert Enrollment.objects.count() == 1
    assert week(vendor).lines == []
