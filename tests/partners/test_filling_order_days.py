"""The migration that gives customers the days on which they ordered, over rows that are there already."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from partners.models import Customer
from partners.ordering import customers_adrift
from tests.factories import make_customer, make_partner

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = ("partners", "0004_count_broken_loads"), ("partners", "0006_fill_order_days_of_customers")


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()  # apps above went back with this one
    MigrationExecutor(connection).migrate(latest)


def columns() -> set[str]:
    with connection.cursor() as cursor:
        table: Any = connection.introspection.get_table_description(cursor, "partners_customer")
    return {column.name for column in table}


@pytest.mark.usefixtures("restored")
def test_back_and_forth_loses_nothing_and_fills_what_is_there() -> None:
    partner = make_partner()
    once, twice, never = (
        make_customer(partner, *days) for days in ([date(2026, 1, 5)] * 2, [date(2026, 1, 5), date(2026, 2, 2)], [])
    )
    MigrationExecutor(connection).migrate([BEFORE])
    assert "order_days" not in columns()
    MigrationExecutor(connection).migrate([AFTER])
    found = Customer.objects.in_bulk()
    assert [found[each.pk].order_days for each in (once, twice, never)] == [1, 2, 0]
    assert (found[twice.pk].first_order_on, found[twice.pk].last_order_on) == (date(2026, 1, 5), date(2026, 2, 2))
    assert list(customers_adrift(vendor=partner.vendor)) == []
