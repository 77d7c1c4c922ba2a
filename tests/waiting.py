"""Whether somebody waits for a lock, so that a test on PostgreSQL goes on exactly then."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import pytest
from django.db import connection, connections

ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")


def begin(pool: ThreadPoolExecutor, work: Callable[[], Any]) -> Future[Any]:
    """Start ``work`` on a connection of its own; returns once it is done or waits for a lock."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    begun = pool.submit(run)
    while not begun.done() and not _somebody_waits():
        pass
    return begun


WAITING: Final = """
    SELECT count(*) FROM pg_locks waits WHERE NOT granted AND EXISTS (
        SELECT 1 FROM pg_locks has JOIN pg_database ON pg_database.oid = has.database
        WHERE has.pid = waits.pid AND datname = current_database()
    )
"""
"""Whoever waits for a row holds a lock on its table: one of this database, for others wait on the same server."""


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:  # pg_stat_activity would be told once a transaction, this is told each time
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])
