"""How the database is empty again after a test that committed: whatever has rows loses them, and nothing else is done.

Django would truncate every table there is, and then make the permissions of all models anew: two hundred times as much
work as the few rows of a test are worth. What it would make anew stays instead.
"""

from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction


def clear() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in filled():
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names; keys are checked at the end


def filled() -> list[str]:
    """The tables that have rows, but for those that are filled when the database is made."""
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables())  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [table for (table,) in cursor.fetchall()]


@cache
def tables() -> list[str]:
    stays = {Permission._meta.db_table, ContentType._meta.db_table}
    return sorted(set(connection.introspection.django_table_names(only_existing=True)) - stays)
