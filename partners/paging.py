"""Pages by key, not by offset: the thousandth page costs what the first one does."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import CharField, DateTimeField, Field, IntegerField, Model, Q, QuerySet

BIGGEST_KEY = 2**63 - 1
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class KeyPage(Generic[M]):
    rows: list[M]
    next: str  # the key to pass as ``after`` for the next page; empty on the last one


def key_page(rows: QuerySet[M], *, order: Sequence[str], after: str = "", size: int = 50) -> KeyPage[M]:
    """One page of ``rows`` in ``order``, behind the row that ``after`` names; one query.

    ``order`` is names of the model's own fields, all ascending or all with ``-``, the last one unique and none of
    them null. An ``after`` that was not made here starts at the beginning.
    """
    names = [name.removeprefix("-") for name in order]
    key = _read(after, [rows.model._meta.get_field(name) for name in names])
    if key is not None:
        rows = rows.filter(_behind(names, key, "lt" if order[0].startswith("-") else "gt"))
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    return KeyPage(rows=found[:size], next=_write([getattr(found[size - 1], name) for name in names]) if more else "")


def _behind(names: Sequence[str], key: Sequence[Any], comparison: str) -> Q:
    """Row comparison written out: (a, b) > (x, y) is a > x or (a = x and b > y)."""
    behind = Q()
    for position, name in enumerate(names):
        same = Q(**dict(zip(names[:position], key[:position], strict=True)))
        behind |= same & Q(**{f"{name}__{comparison}": key[position]})
    return behind


def _write(values: Sequence[Any]) -> str:
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(text: str, fields: Sequence[Any]) -> list[Any] | None:
    """The values in a key, each of its field's kind; None for a key that was not made here."""
    try:
        plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return [_typed(field, value) for field, value in zip(fields, plain, strict=True)]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _typed(field: "Field[Any, Any]", value: Any) -> Any:
    """``value`` as ``field`` holds it. Raises for what no row can have there."""
    if isinstance(field, DateTimeField):
        return datetime.fromisoformat(value["at"]).astimezone(UTC)
    if isinstance(field, IntegerField) and type(value) is int and abs(value) <= BIGGEST_KEY:
        return value
    if isinstance(field, CharField) and isinstance(value, str) and "\0" not in value:
        return value
    raise ValueError(value)
