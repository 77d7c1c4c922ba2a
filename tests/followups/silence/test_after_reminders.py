"""Nobody is called silent before the reminders that belong to that silence were decided."""

from datetime import UTC, datetime, timedelta

import pytest

from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.models import FollowUp, Message, Silence, Standing, Suppression, Touch
from followups.silence.detecting import detect
from followups.standing.checking import find_drift
from followups.standing.refreshing import refresh_vendor
from partners.models import Partner, Vendor
from tests.factories import make_enrollment, make_member, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FRIDAY = datetime(2026, 3, 6, 9, tzinfo=UTC)  # ten o'clock in Berlin
SUNDAY = FRIDAY + 48 * HOUR
MONDAY = datetime(2026, 3, 9, 8, tzinfo=UTC)
TUESDAY = MONDAY + 24 * HOUR


@pytest.fixture
def vendor() -> Vendor:
    vendor = make_vendor(time_zone="Europe/Berlin", country="DE")
    make_default_cadence(vendor=vendor, now=FRIDAY)
    return vendor


@pytest.fixture
def partner(vendor: Vendor) -> Partner:
    partner = make_partner(vendor, manager=make_member(vendor))
    make_enrollment(partner, version=make_version(vendor), now=FRIDAY)
    return partner


def looked_at(partner: Partner, *, now: datetime) -> str:
    """What silence says after a tick at ``now``; what is stored is what a recompute would say."""
    detect(now=now)
    kind = Standing.objects.get(pk=partner.pk).silence_kind
    assert find_drift(vendor=partner.vendor, now=now).partners == []
    refresh_vendor(vendor=partner.vendor, now=now)
    assert Standing.objects.get(pk=partner.pk).silence_kind == kind
    return kind


def left(*, now: datetime) -> None:
    """What is due was decided, and its mail has gone."""
    decide_batch(now=now)
    Message.objects.filter(state="ready").update(state="accepted", finished_at=now)


def test_over_a_weekend_it_waits_for_the_second_reminder(partner: Partner) -> None:
    assert looked_at(partner, now=SUNDAY + HOUR) == ""
    left(now=MONDAY)
    assert looked_at(partner, now=MONDAY + HOUR) == ""
    assert looked_at(partner, now=TUESDAY + MINUTE) == ""  # due, and not decided yet
    left(now=TUESDAY + MINUTE)
    assert looked_at(partner, now=TUESDAY + 30 * MINUTE) == "never_started"
    silence = Silence.objects.get()
    assert (silence.kind, silence.began_at) == ("never_started", FRIDAY)


def test_it_follows_a_reminder_that_was_moved(partner: Partner) -> None:
    FollowUp.objects.filter(kind="remind-24h").delete()
    FollowUp.objects.update(due_at=TUESDAY + 72 * HOUR, reason="weekly_cap", held="weekly_cap")
    for hours in (0, 24, 48, 72):
        assert looked_at(partner, now=TUESDAY + hours * HOUR + MINUTE) == ""
    FollowUp.objects.update(state="cancelled", reason="no_address", finished_at=TUESDAY + 72 * HOUR)
    assert looked_at(partner, now=TUESDAY + 73 * HOUR) == "never_started"


def test_where_the_engine_is_late_it_looks_again_soon_and_comes_to_an_end(partner: Partner) -> None:
    now = TUESDAY + 5 * HOUR
    assert detect(now=now) == 1
    assert Standing.objects.get().next_change_at == now + 15 * MINUTE
    assert detect(now=now) == 0


@pytest.mark.parametrize("why", ["long after", "to the manager"])
def test_a_reminder_that_does_not_belong_to_it_holds_nothing_up(vendor: Vendor, why: str) -> None:
    touch = Touch.objects.filter(kind="remind-48h")
    touch.update(after_hours=30 * 24) if why == "long after" else touch.update(to="manager")
    partner = make_partner(vendor, manager=make_member(vendor))
    make_enrollment(partner, version=make_version(vendor), now=FRIDAY)
    FollowUp.objects.exclude(member=None).update(due_at=TUESDAY)
    assert looked_at(partner, now=SUNDAY + HOUR) == ""
    decide_batch(now=MONDAY)
    assert FollowUp.objects.scheduled().exists()
    assert looked_at(partner, now=MONDAY + 30 * MINUTE) == "never_started"


def test_who_wants_no_reminder_is_silent_once_that_is_decided(vendor: Vendor, partner: Partner) -> None:
    address = partner.contacts.get().email
    Suppression.objects.create(vendor=vendor, address=address, reason="unsubscribed", created_at=FRIDAY)
    assert looked_at(partner, now=MONDAY - HOUR) == ""
    decide_batch(now=MONDAY)
    decide_batch(now=TUESDAY)
    assert looked_at(partner, now=TUESDAY + 30 * MINUTE) == "never_started"
