"""What the tests' databases begin with, and which of them a test is about.

Most are about both, some about PostgreSQL alone, and some about none.

A test that asks for no database gets none: pytest-django refuses it every connection. So what it proves does not hang
on the database that the run happens to use, and `make test` runs it once, with SQLite.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.test import SimpleTestCase
from pytest_django import DjangoDbBlocker

Made = TypeVar("Made")

ASKING = frozenset({"db", "transactional_db", "_django_db_helper", "django_db_setup", "live_server"})
"""The fixtures that lead to a database; whatever else does asks for one of them."""


def sort(items: list[pytest.Item]) -> None:
    """Mark what is about no database, and skip what is about another one."""
    for item in items:
        if is_dataless(item):
            item.add_marker(pytest.mark.dataless)
        for about in item.iter_markers("postgresql"):
            item.add_marker(pytest.mark.skipif(connection.vendor != "postgresql", reason=about.args[0]))


def is_dataless(item: pytest.Item) -> bool:
    asks = ASKING.intersection(getattr(item, "fixturenames", ())) or marked(item, "django_db")
    return not (asks or marked(item, "postgresql") or is_djangos_own(item))


def marked(item: pytest.Item, name: str) -> bool:
    return item.get_closest_marker(name) is not None


def is_djangos_own(item: pytest.Item) -> bool:
    """A test case of Django's brings its database along."""
    made_of = getattr(item, "cls", None)
    return made_of is not None and issubclass(made_of, SimpleTestCase)


def begin_as_copy() -> bool:
    """Begin with the tables of a database that the run has migrated already, where there is one.

    TEST_DATABASE_LIKE is its file, or its name on the server. Whether the tests' database is there now.
    """
    like, test = os.environ.get("TEST_DATABASE_LIKE", ""), connection.settings_dict["TEST"]
    if like and connection.vendor == "postgresql":
        test["TEMPLATE"] = like
    elif like:
        for ending in ("", "-wal", "-shm"):
            Path(f"{test['NAME']}{ending}").unlink(missing_ok=True)
        shutil.copyfile(like, test["NAME"])
        return True
    return False


@contextmanager
def made_once(make: Callable[[], Made], blocker: DjangoDbBlocker) -> Iterator[Callable[[], Made]]:
    """Rows that all tests of a module begin with; yields how a test gets what ``make`` returned, as a copy of its own.

    A test is a savepoint within the transaction that holds them: whatever it does to them is undone for the next one.
    So none of the module's tests may be about committing.
    """
    transactions = ExitStack()
    with blocker.unblock():
        transactions.enter_context(transaction.atomic())
        made = make()
        connection.run_on_commit.clear()  # as of what was committed long ago
    yield lambda: deepcopy(made)
    with blocker.unblock():
        transaction.set_rollback(True)
        transactions.close()
