"""Pages by key, not by offset: each begins behind the last row of the one before, so the thousandth costs no more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

SEPARATOR = "~"
BIGGEST_KEY = 2**63 - 1
Row = TypeVar("Row")


def key(text: str) -> int:
    """A row's key out of an address. Raises ``ValueError`` for what no row can have."""
    number = int(text)
    if not 0 <= number <= BIGGEST_KEY:
        raise ValueError(text)
    return number


def instant(text: str) -> datetime:
    """A moment out of an address. Raises ``ValueError`` for what is none, and for one without a zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


@dataclass(frozen=True)
class By:
    """One column of an order, never null; ``parse`` reads its value back from an address. The last one is unique."""

    column: str
    parse: Callable[[str], Any] = str
    descending: bool = False

    def terms(self, *, backwards: bool) -> tuple[str, str]:
        """The column as ``order_by`` takes it, and the lookup that means "further on"."""
        down = self.descending != backwards
        return (f"-{self.column}" if down else self.column), f"{self.column}__{'lt' if down else 'gt'}"


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    previous: str  # query string of the page before, "" on the first
    next: str


def token_of(row: Any, order: Sequence[By]) -> str:
    values = (getattr(row, by.column) for by in order)
    return SEPARATOR.join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def parsed(token: str, order: Sequence[By]) -> list[Any] | None:
    """The values in a token; None for one that nobody here has made."""
    parts = token.rsplit(SEPARATOR, len(order) - 1)
    if len(parts) != len(order) or "\0" in token:
        return None
    try:
        return [by.parse(part) for by, part in zip(order, parts, strict=True)]
    except ValueError:
        return None


def further(order: Sequence[By], values: Sequence[Any], *, backwards: bool) -> Q:
    """The condition that a row lies behind ``values``; its first part lets an index begin there."""
    column = order[0].column
    bound = Q(**{f"{column}__{'lte' if order[0].descending != backwards else 'gte'}": values[0]})
    behind, same = Q(), Q()
    for by, value in zip(order, values, strict=True):
        behind |= same & Q(**{by.terms(backwards=backwards)[1]: value})
        same &= Q(**{by.column: value})
    return bound & behind


def page_of(rows: QuerySet[Any, Row], order: Sequence[By], *, request: HttpRequest, size: int) -> Page[Row]:
    """The page that ``?after=`` or ``?before=`` asks for, with query strings for its neighbours."""
    after = parsed(request.GET.get("after", ""), order)
    before = parsed(request.GET.get("before", ""), order) if after is None else None
    backwards = before is not None
    start = after if after is not None else before
    if start is not None:
        rows = rows.filter(further(order, start, backwards=backwards))
    found = list(rows.order_by(*(by.terms(backwards=backwards)[0] for by in order))[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    return Page(
        rows=found,
        previous=_link(request, "before", found, order) if (more if backwards else start is not None) else "",
        next=_link(request, "after", found, order) if (True if backwards else more) else "",
    )


def pages_of(parts: Sequence[tuple[QuerySet[Any, Row], Sequence[By]]], *, request: HttpRequest, size: int) -> Page[Row]:
    """As ``page_of``, for a list of several parts, one behind the other, each in an order of its own.

    From the page's beginning on, every part costs a query, also behind the page's end: a list takes as many with ten
    rows as with ten thousand.
    """
    place = _place(request.GET.get("after", ""), parts)
    backwards = place is None and (place := _place(request.GET.get("before", ""), parts)) is not None
    found: list[tuple[int, Row]] = []
    first = place[0] if place else 0
    for at in range(first, -1, -1) if backwards else range(first, len(parts)):
        rows, order = parts[at]
        if place and at == place[0]:
            rows = rows.filter(further(order, place[1], backwards=backwards))
        sort = (by.terms(backwards=backwards)[0] for by in order)
        found += [(at, row) for row in rows.order_by(*sort)[: max(size + 1 - len(found), 1)]]
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    tokens = [f"{at}{SEPARATOR}{token_of(row, parts[at][1])}" for at, row in (found[:1] + found[-1:])]
    return Page(
        rows=[row for _at, row in found],
        previous=_beside(request, "before", tokens[:1]) if (more if backwards else place is not None) else "",
        next=_beside(request, "after", tokens[1:]) if backwards or more else "",
    )


def _place(token: str, parts: Sequence[tuple[Any, Sequence[By]]]) -> tuple[int, list[Any]] | None:
    """The part that a token of ``pages_of`` lies in, and the values in it; None for one that nobody here has made."""
    number, _separator, rest = token.partition(SEPARATOR)
    if not (number.isdecimal() and number.isascii() and len(number) < 3 and int(number) < len(parts)):
        return None
    values = parsed(rest, parts[int(number)][1])
    return (int(number), values) if values is not None else None


def _link(request: HttpRequest, word: str, rows: Sequence[Any], order: Sequence[By]) -> str:
    """The same address with its filters, beginning before the first or after the last row shown."""
    if not rows:
        return _beside(request, word, [])
    return _beside(request, word, [token_of(rows[0] if word == "before" else rows[-1], order)])


def _beside(request: HttpRequest, word: str, tokens: Sequence[str]) -> str:
    """The same address with its filters, at another place."""
    query: QueryDict = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    place = [urlencode({word: token}) for token in tokens]
    return "?" + "&".join(filter(None, [query.urlencode(), *place]))
