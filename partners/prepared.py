"""Queries that every page needs, built once: over a few rows found by index, building takes longer than running.

    membership = Prepared(lambda slug, user: Member.objects.filter(vendor__slug=slug, user=user), str, int)
    membership("nordlicht", 7)

The statement is Django's own, made on first use; later only its values are put in. A value is a key or a text that is
compared as it is: no pattern, no list, no date.
"""

from collections.abc import Callable
from copy import copy
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
BIGGEST_KEY = 2**63 - 1
FIRST_MARK = -(2**62)  # a key that no row has


class Prepared(Generic[Row]):
    def __init__(self, build: Callable[..., QuerySet[Any, Row]], *kinds: type[int] | type[str]) -> None:
        """``build`` makes the queryset from as many values as there are ``kinds``, each of its kind."""
        self._build = build
        self._marks = [FIRST_MARK + place if kind is int else f"\ue000{place}" for place, kind in enumerate(kinds)]
        self._compiled = cache(self._compile)

    def __call__(self, *values: int | str) -> list[Row]:
        if any(isinstance(value, int) and abs(value) > BIGGEST_KEY for value in values):
            return []
        queryset = self._queryset.all()
        compiled, statement, parameters = self._compiled(queryset.db)
        given = dict(zip(self._marks, values, strict=True))
        filled = tuple(given.get(parameter, parameter) for parameter in parameters)
        compiler = copy(compiled)
        compiler.connection = connections[queryset.db]  # this thread's
        compiler.as_sql = lambda *_args, **_options: (statement, filled)  # type: ignore[method-assign]
        queryset.query.get_compiler = lambda *_args, **_options: compiler  # type: ignore[method-assign]
        return list(queryset)

    @cached_property
    def _queryset(self) -> QuerySet[Any, Row]:
        return self._build(*self._marks)

    def _compile(self, using: str) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        """Raises ``ValueError`` where the statement does not hold each value as it was given."""
        compiler = self._queryset.query.get_compiler(using)
        statement, parameters = compiler.as_sql()
        if not set(self._marks) <= set(parameters):
            raise ValueError(f"Not every value is compared as it is: {statement}")
        return compiler, statement, tuple(parameters)
