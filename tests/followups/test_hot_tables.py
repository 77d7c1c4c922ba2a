"""What the engine's tables have beyond their columns, and that it comes and goes with its migration."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from followups.models import Attempt, FollowUp, Message

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restored")]
BEFORE, AFTER = ("followups", "0017_keep_what_people_want"), ("followups", "0018_keep_hot_tables_tidy")


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


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


def test_a_key_that_leads_another_index_has_none_of_its_own() -> None:
    of_their_own = {("followups_followup", "partner_id"), ("followups_message", "vendor_id")}
    of_their_own |= {("followups_attempt", "message_id")}
    assert not indexed_alone() & of_their_own
    MigrationExecutor(connection).migrate([("followups", "0019_start_for_one_manager")])
    assert indexed_alone() >= of_their_own
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert not indexed_alone() & of_their_own


@pytest.mark.skipif(connection.vendor != "postgresql", reason="these are settings of PostgreSQL")
def test_dead_rows_are_cleared_away_early_and_no_index_is_kept_for_nothing() -> None:
    for model in (FollowUp, Message):
        assert "autovacuum_vacuum_scale_factor=0.01" in said_of(model._meta.db_table)
    assert like_indexes() == []
    MigrationExecutor(connection).migrate([BEFORE])
    assert said_of(Message._meta.db_table) == set()
    assert len(like_indexes()) == 1
    MigrationExecutor(connection).migrate([AFTER])
    assert "autovacuum_vacuum_scale_factor=0.01" in said_of(Message._meta.db_table)
    assert like_indexes() == []
