"""Standing kept by events says what a recompute of everything says, whatever happened and in whatever order."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from followups.calls.contacting import log_contact
from followups.models import Silence, Standing
from followups.silence.detecting import detect
from followups.standing.checking import find_drift
from followups.standing.refreshing import refresh, refresh_vendor
from partners.models import Contact, Partner, Vendor
from partners.signals import partners_changed
from playbooks.models import Enrollment, Progress
from playbooks.putting_off import remind_later
from playbooks.walking import complete, get_stuck, help_on, send_back, skip
from tests.clock import Clock
from tests.factories import NOW, make_contact, make_enrollment, make_partner, make_vendor, make_version
from tests.followups import world

pytestmark = pytest.mark.django_db
EVENTS = ("complete", "stuck", "help", "later", "skip", "order", "talk", "missed", "again", "contact", "leave")


def open_step(partner: Partner) -> Progress | None:
    steps = Progress.objects.in_play().filter(enrollment__partner=partner).select_related("step", "enrollment")
    return steps.order_by("-enrollment", "position").first()


def changed(partner: Partner, now: datetime) -> None:
    partners_changed.send(sender=Partner, vendor=partner.vendor, partner_ids=[partner.pk], now=now)


def walk_on(event: str, progress: Progress, now: datetime) -> None:
    stuck = progress.state == Progress.State.STUCK
    side = "vendor" if progress.state == Progress.State.WAITING else "partner"
    if event == "complete" and not stuck:
        complete(progress=progress, by=None, now=now, side=side)
    elif event in ("stuck", "later") and side == "vendor":
        send_back(progress=progress, missing="more", by=None, now=now)
    elif event == "stuck" and not stuck:
        get_stuck(progress=progress, reason="why", by=None, now=now)
    elif event == "help":
        help_on(progress=progress, answer="so", by=None, now=now)
    elif event == "later" and not stuck:
        remind_later(progress=progress, until=now + timedelta(days=3), by=None, now=now)
    elif event == "skip":
        skip(progress=progress, reason="not for them", by=None, now=now)


def happens(event: str, partner: Partner, now: datetime) -> None:
    progress = open_step(partner)
    if event in ("complete", "stuck", "help", "later", "skip"):
        if progress is not None:
            walk_on(event, progress, now)
    elif event == "order":
        world.orders(partner, now.date(), now=now)
    elif event in ("talk", "missed"):
        outcome = "reached" if event == "talk" else "not_reached"
        log_contact(partner=partner, outcome=outcome, note="", by=partner.manager.user, now=now)
    elif event == "again":
        version = partner.vendor.playbooks.get().versions.get()
        make_enrollment(partner, version=version, now=now)
    elif event == "contact":
        make_contact(partner, name=f"Zoë {now:%H%M}")
        changed(partner, now)
    else:
        partner.state = Partner.State.LEFT if partner.state == Partner.State.ACCEPTED else Partner.State.ACCEPTED
        partner.save()
        changed(partner, now)


def everything(vendor: Vendor) -> list[dict[str, Any]]:
    return [dict(row) for row in Standing.objects.of(vendor).order_by("pk").values()]


moves = st.tuples(st.sampled_from(EVENTS), st.integers(0, 2), st.integers(0, 400))


@given(history=st.lists(moves, min_size=1, max_size=14))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_events_and_recompute_agree_on_any_history(history: list[tuple[str, int, int]]) -> None:
    vendor = make_vendor()
    steps = ("a", {"key": "b", "wants_approval": True}, {"key": "c", "needs": ["a"]})
    version = make_version(vendor, steps=steps)
    partners = [make_partner(vendor) for _ in range(3)]
    for partner in partners:
        make_enrollment(partner, version=version)
    now = NOW
    for event, who, hours in history:
        now += timedelta(hours=hours, microseconds=hours)
        detect(now=now)
        happens(event, partners[who], now)
        assert find_drift(vendor=vendor, now=now).partners == []
    detect(now=now)
    kept = everything(vendor)
    refresh_vendor(vendor=vendor, now=now)
    assert everything(vendor) == kept
    Standing.objects.of(vendor).delete()
    refresh_vendor(vendor=vendor, now=now)
    assert everything(vendor) == kept
    _episodes_match(vendor)


def _episodes_match(vendor: Vendor) -> None:
    """Exactly the silent have an open episode, of their kind; nobody was called inactive while waiting on us."""
    silent = Standing.objects.of(vendor).silent().values_list("pk", "silence_kind")
    held = Silence.objects.filter(vendor=vendor, ended_at=None).values_list("partner_id", "kind")
    assert sorted(silent) == sorted(held)
    assert not Standing.objects.of(vendor).filter(turn="vendor").exclude(silence_kind__in=["", "waiting_on_us"])


def test_a_recompute_mends_episodes_where_standing_was_right() -> None:
    vendor = make_vendor()
    partner = make_partner(vendor)
    make_enrollment(partner, version=make_version(vendor))
    detect(now=NOW + timedelta(days=3))
    Silence.objects.all().delete()
    refresh_vendor(vendor=vendor, now=NOW + timedelta(days=3))
    _episodes_match(vendor)
    assert Silence.objects.get(ended_at=None).partner == partner


def test_the_newest_running_enrollment_is_shown_else_the_newest_finished(clock: Clock) -> None:
    vendor = make_vendor()
    partner = make_partner(vendor)
    first = make_enrollment(partner, version=make_version(vendor, steps=("a",)))
    for progress in Progress.objects.filter(enrollment=first):
        complete(progress=progress, by=None, now=NOW + timedelta(hours=1))
    standing = Standing.objects.get(pk=partner.pk)
    assert (standing.enrollment_id, standing.finished_at) == (first.pk, NOW + timedelta(hours=1))
    second = make_enrollment(partner, version=first.version, now=NOW + timedelta(hours=2))
    standing.refresh_from_db()
    assert (standing.enrollment_id, standing.finished_at, standing.steps_done) == (second.pk, None, 0)
    assert Enrollment.objects.running().get() == second


@pytest.mark.parametrize(
    ("days", "life"), [(0, "prospect"), (1, "first_order"), (2, "repeat"), (4, "repeat"), (5, "regular")]
)
def test_life_follows_the_days_with_orders(days: int, life: str) -> None:
    partner = world.refreshed(make_partner(), now=NOW)
    world.orders(partner, *(date(2026, 1, 1 + day) for day in range(days)), *[date(2026, 1, 1)] * bool(days), now=NOW)
    assert Standing.objects.get(pk=partner.pk).life == life


def test_people_who_left_are_not_found(clock: Clock) -> None:
    partner = make_partner(contact={"name": "Anna Berg"})
    gone = make_contact(partner, name="Gone Person")
    world.refreshed(partner, now=NOW)
    assert "gone person" in Standing.objects.get().search
    Contact.objects.filter(pk=gone.pk).update(left_at=NOW)
    world.refreshed(partner, now=NOW)
    assert "gone person" not in Standing.objects.get().search


def test_one_event_costs_four_statements(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    partner = world.refreshed(make_partner(), now=NOW)
    with django_assert_max_num_queries(6):  # four, and the savepoint around them
        refresh(partner_ids=[partner.pk], now=NOW)


def test_drift_is_named_and_repaired(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    vendor = make_vendor("house")
    one, two = (world.refreshed(make_partner(vendor), now=NOW) for _ in range(2))
    Standing.objects.filter(pk=one.pk).update(company="Something else", orders=7)
    Standing.objects.filter(pk=two.pk).delete()
    with pytest.raises(CommandError) as failed:
        call_command("check_standing", "--vendor", "house")
    assert failed.value.returncode == 1
    said = capsys.readouterr().out
    assert "2 drifted: (no row) (1), company (1), orders (1)" in said
    call_command("check_standing", "--vendor", "house", "--repair")
    call_command("check_standing")
    assert "house: 2 partners, no drift" in capsys.readouterr().out


def test_an_unknown_vendor_is_said(clock: Clock) -> None:
    with pytest.raises(CommandError, match="no vendor"):
        call_command("check_standing", "--vendor", "nowhere")


def test_watching_says_how_many_it_judged(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    make_enrollment(make_partner())
    clock.move(hours=48)
    call_command("watch_silence")
    assert capsys.readouterr().out == "1 partners judged\n"
