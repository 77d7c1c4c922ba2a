"""Counts above the rows: exact at every moment up to a bound, a minute old at most beyond it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from followups.dashboards import counting
from followups.dashboards.counting import Count, todays_counts
from followups.silence.detecting import detect
from partners.models import Vendor
from playbooks.models import PlaybookVersion
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version

pytestmark = pytest.mark.django_db
SINCE = NOW - timedelta(days=7)


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    """Three partners who never started, of two channel managers."""
    cache.clear()
    vendor = make_vendor("house")
    version = make_version(vendor)
    mine, other = make_member(vendor), make_member(vendor)
    for company, manager in (("Fjord", mine), ("Harbour", mine), ("Linden", other)):
        make_enrollment(make_partner(vendor, company=company, manager=manager), version=version)
    detect(now=clock.move(hours=72))
    return vendor


def silent(vendor: Vendor) -> Count:
    return todays_counts(vendor=vendor, member=None, since=SINCE)["never_started"]


def one_more(vendor: Vendor, clock: Clock) -> None:
    make_enrollment(make_partner(vendor, company="Summit"), version=PlaybookVersion.objects.get())
    detect(now=clock.move(hours=72))


def test_counts_of_the_vendor_and_of_one_manager(vendor: Vendor) -> None:
    first = vendor.members.order_by("pk")[0]
    assert silent(vendor) == 3
    assert todays_counts(vendor=vendor, member=first, since=SINCE)["never_started"] == 2


def test_only_who_began_a_playbook_is_new(vendor: Vendor, tmp_path: Path) -> None:
    """Direct customers that come with orders are accepted partners, and nobody welcomed them into a programme."""
    assert todays_counts(vendor=vendor, member=None, since=SINCE)["new"] == 3
    file = tmp_path / "orders.csv"
    file.write_text("customer_id,ordered_on\nK-1,2026-02-01\nK-2,2026-02-02\n")
    call_command("import_orders", str(file), vendor=vendor.slug)
    assert vendor.partners.filter(state="accepted", reference__in=["K-1", "K-2"]).count() == 2
    assert todays_counts(vendor=vendor, member=None, since=SINCE)["new"] == 3


def test_a_count_below_the_bound_is_never_old(
    vendor: Vendor, clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert silent(vendor) == 3
    one_more(vendor, clock)
    with django_assert_num_queries(1):
        assert silent(vendor) == 4


def test_a_count_beyond_the_bound_is_whole_and_kept_for_a_minute(
    vendor: Vendor,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(counting, "BOUND", 2)
    with django_assert_num_queries(2):
        assert silent(vendor) == 3
    one_more(vendor, clock)
    PlaybookVersion.objects.update(state="draft", published_at=None)
    with django_assert_num_queries(1):
        counts = todays_counts(vendor=vendor, member=None, since=SINCE)
    assert (counts["never_started"], counts["playbook"]) == (3, 0)  # whether there is a playbook is never old
    cache.clear()
    assert silent(vendor) == 4


def test_a_large_count_is_grouped_as_the_reader_is_used_to(vendor: Vendor) -> None:
    assert str(Count(12345)) == "12,345"
