"""All migrations down to the first weeks' and up again, over rows that are there; what is asked on the way is what
single migrations are for. One way for all of them, since what takes its time is the way.
"""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from followups.models import Attempt, FollowUp, Message
from partners.models import Customer
from partners.ordering import customers_adrift
from tests.factories import make_customer, make_partner

pytestmark = pytest.mark.django_db(transaction=True)
KEYS_WITH_AN_INDEX = ("followups", "0019_start_for_one_manager")
TIDY, BEFORE_TIDY = (
    ("followups", "0018_keep_hot_tables_tidy"),
    ("followups", "0017_keep_what_people_want"),
)
FILLED_DAYS, BEFORE_DAYS = ("partners", "0006_fill_order_days_of_customers"), ("partners", "0004_count_broken_loads")


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    to_the_latest()


def to_the_latest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def to(app: str, name: str) -> None:
    MigrationExecutor(connection).migrate([(app, name)])


def columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def said_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(reloptions) FROM pg_class WHERE relname = %s", [table])
        return {setting for (setting,) in cursor.fetchall()}


def like_indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [Message._meta.db_table])
        return [name for name, definition in cursor.fetchall() if re.search(r"\(key \w+_pattern_ops\)", definition)]


def indexed_alone() -> set[tuple[str, str]]:
    """Columns of the engine's tables that have an index of their own."""
    found = set()
    with connection.cursor() as cursor:
        for model in (FollowUp, Message, Attempt):
            table = model._meta.db_table
            constraints = connection.introspection.get_constraints(cursor, table).values()
            found |= {(table, one["columns"][0]) for one in constraints if one["index"] and len(one["columns"]) == 1}
    return found


def are_tidy() -> bool:
    """Whether dead rows of the engine's tables are cleared away early, and no index is kept for nothing."""
    early = "autovacuum_vacuum_scale_factor=0.01"
    return all(early in said_of(model._meta.db_table) for model in (FollowUp, Message)) and like_indexes() == []


@pytest.mark.slow
@pytest.mark.usefixtures("restored")
def test_back_and_forth_loses_nothing_and_leaves_each_table_as_it_was() -> None:
    on_postgresql = connection.vendor == "postgresql"
    led_by_others = {("followups_followup", "partner_id"), ("followups_message", "vendor_id")}
    led_by_others |= {("followups_attempt", "message_id")}  # keys that lead another index, and need none of their own
    partner = make_partner()
    once, twice, never = (
        make_customer(partner, *days) for days in ([date(2026, 1, 5)] * 2, [date(2026, 1, 5), date(2026, 2, 2)], [])
    )
    assert not indexed_alone() & led_by_others
    assert not on_postgresql or are_tidy()

    to(*KEYS_WITH_AN_INDEX)
    assert indexed_alone() >= led_by_others
    to(*BEFORE_TIDY)
    assert not on_postgresql or (said_of(Message._meta.db_table), len(like_indexes())) == (set(), 1)
    to(*BEFORE_DAYS)
    assert "order_days" not in columns("partners_customer")

    to(*FILLED_DAYS)
    found = Customer.objects.in_bulk()
    assert [found[each.pk].order_days for each in (once, twice, never)] == [1, 2, 0]
    assert (found[twice.pk].first_order_on, found[twice.pk].last_order_on) == (date(2026, 1, 5), date(2026, 2, 2))
    assert list(customers_adrift(vendor=partner.vendor)) == []
    to(*TIDY)
    assert not on_postgresql or are_tidy()
    to_the_latest()
    assert not indexed_alone() & led_by_others
    assert set(Customer.objects.values_list("pk", "order_days")) == {(once.pk, 1), (twice.pk, 2), (never.pk, 0)}
