"""Four kinds of silence, each at its threshold to the second."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from followups.models import Silence, Standing
from followups.silence.detecting import detect
from followups.standing.refreshing import refresh_vendor
from partners.configuring import change_vendor
from partners.models import Partner
from playbooks.models import Progress
from tests.followups import world

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def kind(partner: Partner) -> str:
    return Standing.objects.get(pk=partner.pk).silence_kind


@pytest.fixture
def walker() -> Partner:
    vendor, manager = world.vendor("Backup House", now=NOW)
    partner = world.partner(manager, "Fjord IT", now=NOW)
    world.walking(partner, world.playbook(vendor, now=NOW), now=NOW)
    return partner


def progress_of(partner: Partner) -> Progress:
    return partner.enrollments.get().progress.order_by("position")[0]


def test_never_started_after_48_hours_to_the_second(walker: Partner) -> None:
    assert detect(now=NOW + 48 * HOUR - SECOND) == 0
    assert kind(walker) == ""
    assert detect(now=NOW + 48 * HOUR) == 1
    standing = Standing.objects.get(pk=walker.pk)
    assert (standing.silence_kind, standing.silence_since, standing.severity) == ("never_started", NOW, 60)


def test_started_then_stopped_after_a_week_of_nothing(walker: Partner) -> None:
    acted = NOW + timedelta(hours=5, microseconds=123_456)
    world.acts(walker, now=acted)
    detect(now=acted + 168 * HOUR - SECOND)
    assert kind(walker) == ""
    detect(now=acted + 168 * HOUR)
    standing = Standing.objects.get(pk=walker.pk)
    assert (standing.silence_kind, standing.silence_since) == ("stopped", acted)


def test_whoever_waits_on_us_is_never_called_inactive(walker: Partner) -> None:
    handed = NOW + HOUR
    world.pass_turn(progress_of(walker), "vendor", now=handed, state="stuck")
    for hours in range(0, 24 * 90, 7):
        detect(now=handed + hours * HOUR)
        assert kind(walker) == ("waiting_on_us" if hours >= 24 else "")
    assert not Silence.objects.exclude(kind="waiting_on_us").exists()


def test_waiting_on_us_ends_the_moment_we_give_the_turn_back(walker: Partner) -> None:
    world.pass_turn(progress_of(walker), "vendor", now=NOW + HOUR, state="stuck")
    detect(now=NOW + 25 * HOUR)
    assert kind(walker) == "waiting_on_us"
    answered = NOW + 400 * HOUR
    world.pass_turn(progress_of(walker), "partner", now=answered)
    assert kind(walker) == ""
    assert Silence.objects.get().ended_at == answered
    detect(now=answered + 48 * HOUR - SECOND)
    assert kind(walker) == ""  # the hours that were ours are not held against the partner


def test_ordered_once_counts_days_with_orders_not_orders() -> None:
    vendor, manager = world.vendor("Direct", now=NOW, ordered_once_days=30)
    once, twice = (world.partner(manager, name, now=NOW) for name in ("Once", "Twice"))
    due = datetime(2026, 3, 20, tzinfo=UTC)
    world.orders(once, date(2026, 2, 18), date(2026, 2, 18), now=NOW)
    world.orders(twice, date(2026, 1, 1), date(2026, 2, 18), now=NOW)
    refresh_vendor(vendor=vendor, now=due - SECOND)
    assert kind(once) == ""
    detect(now=due)
    assert (kind(once), kind(twice)) == ("ordered_once", "")
    world.orders(once, date(2026, 3, 20), now=due + HOUR)
    assert kind(once) == ""
    assert Silence.objects.get().ended_at == due + HOUR


def test_each_silence_is_an_episode_with_the_next_number(walker: Partner) -> None:
    detect(now=NOW + 48 * HOUR)
    world.acts(walker, now=NOW + 49 * HOUR)
    detect(now=NOW + 49 * HOUR + 168 * HOUR)
    episodes = list(Silence.objects.order_by("number").values_list("number", "kind", "ended_at"))
    assert episodes == [(1, "never_started", NOW + 49 * HOUR), (2, "stopped", None)]


def test_asking_for_later_is_not_silence(walker: Partner) -> None:
    until = NOW + 240 * HOUR
    progress = progress_of(walker)
    progress.snoozed_until = until
    progress.save()
    world.acts(walker, now=NOW + HOUR, kind="snoozed")
    detect(now=until + 168 * HOUR - SECOND)
    assert kind(walker) == ""
    detect(now=until + 168 * HOUR)
    assert kind(walker) == "stopped"


def test_urgency_changes_with_age_and_then_rests(walker: Partner) -> None:
    ages = [(48, 60), (48 + 14 * 24, 40), (48 + 60 * 24, 20)]
    for hours, severity in ages:
        detect(now=NOW + hours * HOUR)
        assert Standing.objects.get().severity == severity
    assert Standing.objects.get().next_change_at is None
    assert detect(now=NOW + 10_000 * HOUR) == 0


def test_a_limit_is_kept_and_the_rest_follows(walker: Partner) -> None:
    manager = walker.manager
    version = walker.enrollments.get().version
    for number in range(4):
        world.walking(world.partner(manager, f"More {number}", now=NOW), version, now=NOW)
    assert detect(now=NOW + 48 * HOUR, limit=3) == 3
    assert detect(now=NOW + 48 * HOUR) == 2
    assert detect(now=NOW + 48 * HOUR) == 0


def test_a_vendors_new_threshold_holds_from_the_next_tick_on(walker: Partner) -> None:
    now = NOW + 10 * HOUR
    by = walker.manager.user
    change_vendor(vendor=walker.vendor, changes={"never_started_hours": 10}, by=by, now=now)
    assert detect(now=now) == 1
    assert kind(walker) == "never_started"


def test_a_new_threshold_costs_the_same_however_many_partners_there_are(walker: Partner) -> None:
    version = walker.enrollments.get().version
    queries: list[list[str]] = []
    for number in range(2):
        with CaptureQueriesContext(connection) as asked:
            changes = {"never_started_hours": 10 + number}
            change_vendor(vendor=walker.vendor, changes=changes, by=walker.manager.user, now=NOW)
        queries.append([query["sql"] for query in asked.captured_queries])
        world.walking(world.partner(walker.manager, f"More {number}", now=NOW), version, now=NOW)
    assert len(queries[0]) == len(queries[1])
    assert not any("INSERT INTO followups_standing" in query for query in queries[1])


def test_whoever_left_is_not_silent_and_needs_nobody(walker: Partner) -> None:
    detect(now=NOW + 48 * HOUR)
    walker.state = Partner.State.LEFT
    walker.save()
    world.acts(walker, now=NOW + 50 * HOUR)
    standing = Standing.objects.get()
    assert (standing.silence_kind, standing.severity, standing.next_change_at) == ("", 0, None)


def test_a_tick_with_nothing_due_is_one_query(
    walker: Partner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # BEGIN or SAVEPOINT, the look, the end
        assert detect(now=NOW) == 0
