"""The engine's figures: right, bounded, and read by an index whatever lies in the archive."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from followups.engine.cadences import make_default_cadence
from followups.engine.deciding import decide_batch
from followups.engine.pausing import pause
from followups.models import Attempt, FollowUp, Message
from followups.operators import figures as module
from followups.operators.figures import figures
from partners.models import Vendor
from tests.factories import NOW, make_enrollment, make_partner, make_vendor
from tests.followups.engine.mails import DUE, account_mail

pytestmark = pytest.mark.django_db
QUERIES = 18


def attempt(message: Message, outcome: str, *, at: datetime = NOW, **fields: object) -> None:
    Attempt.objects.create(message=message, at=at, fence=1, outcome=outcome, **fields)


def somebody_began() -> Vendor:
    vendor = make_vendor()
    make_default_cadence(vendor=vendor, now=NOW)
    make_enrollment(make_partner(vendor))
    return vendor


def test_nothing_waits_in_an_empty_house() -> None:
    found = figures(now=NOW)
    assert (found.due, found.all_ready, found.in_hand, found.unknown, found.paused) == (0, 0, 0, 0, 0)
    assert found.waiting_for(NOW) == timedelta()
    assert (found.failures, found.last_accepted, found.lateness.count) == ([], None, 0)


def test_what_waits_and_since_when() -> None:
    somebody_began()
    FollowUp.objects.update(due_at=DUE)
    account_mail("a@example.com", not_before=NOW)
    account_mail("b@example.com", not_before=DUE + timedelta(hours=5))  # not yet
    account_mail("c@example.com", state="unknown", finished_at=DUE)
    account_mail("d@example.com", state="claimed", lease_until=DUE)
    pause(vendor=make_vendor(), reason="x", by="x", now=NOW)
    found = figures(now=DUE + timedelta(minutes=3))
    assert (found.due, found.ready["account"], found.in_hand, found.unknown, found.paused) == (2, 1, 1, 1, 1)
    assert (found.oldest_due, found.oldest_ready) == (DUE, NOW)
    assert found.waiting_for(DUE) == DUE - NOW


def test_what_a_paused_vendor_holds_is_not_late() -> None:
    vendor = somebody_began()
    pause(vendor=vendor, reason="x", by="x", now=NOW)
    FollowUp.objects.update(due_at=DUE)
    decide_batch(now=DUE)
    assert figures(now=DUE + timedelta(hours=1)).waiting_for(DUE + timedelta(hours=1)) == timedelta()


def test_counting_stops_where_nobody_needs_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COUNTED", 2)
    for number in range(4):
        account_mail(f"p{number}@example.com")
    assert figures(now=NOW).ready["account"] == 2


def test_failures_by_reason_of_the_last_day_alone() -> None:
    message = account_mail("a@example.com")
    attempt(message, "rejected", at=NOW - timedelta(days=2), code=550, response="old")
    attempt(message, "deferred", code=451, response="first")
    attempt(message, "deferred", code=451, response="last")
    attempt(message, "rejected", code=550, response="no such user")
    attempt(message, "accepted", code=250)
    found = figures(now=NOW)
    assert [(one.outcome, one.code, one.count, one.example) for one in found.failures] == [
        ("deferred", 451, 2, "last"),
        ("rejected", 550, 1, "no such user"),
    ]
    assert found.outcomes == {"accepted": 1, "deferred": 2, "rejected": 1}
    assert found.last_accepted == NOW


def test_lateness_is_measured_from_falling_due() -> None:
    somebody_began()
    FollowUp.objects.filter(kind="remind-24h").update(due_at=DUE)
    decide_batch(now=DUE + timedelta(seconds=20))
    message = Message.objects.get()
    Message.objects.update(state="accepted", finished_at=DUE + timedelta(seconds=50))
    attempt(message, "accepted", at=DUE + timedelta(seconds=50))
    late = figures(now=DUE + timedelta(minutes=1)).lateness
    assert late.decided == {0.5: 20.0, 0.95: 20.0, 0.99: 20.0}
    assert late.sent == {0.5: 50.0, 0.95: 50.0, 0.99: 50.0}


def test_queries_do_not_grow(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(QUERIES) as few:
        figures(now=NOW)
    for number in range(30):
        attempt(account_mail(f"p{number}@example.com"), "accepted")
    with django_assert_max_num_queries(len(few) + 1):  # how late those were
        figures(now=NOW)


@pytest.fixture
def archive(vendor: Vendor) -> None:
    """Many final rows, which no figure is about, and statistics that say so."""
    rows = (
        Message(
            key=f"old:{n}",
            kind="reminder",
            to_address="o@example.com",
            state="accepted",
            vendor=vendor,
            not_before=NOW,
            created_at=NOW,
            finished_at=NOW,
        )
        for n in range(20_000)
    )
    Message.objects.bulk_create(rows, batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the planner of PostgreSQL is asked")
def test_no_figure_reads_a_whole_table(archive: None) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        figures(now=NOW)
    read = [one["sql"] for one in captured.captured_queries if '"followups_message"' in one["sql"]]
    assert len(read) >= 7
    for sql in read:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan on followups_message" not in plan, plan
