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


def _link(request: HttpRequest, word: str, rows: Sequence[Any], order: Sequence[By]) -> str:
    """The same address with its filters, beginning before the first or after the last row shown."""
    query: QueryDict = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    if not rows:
        return "?" + query.urlencode()
    edge = rows[0] if word == "before" else rows[-1]
    return "?" + "&".join(filter(None, [query.urlencode(), urlencode({word: token_of(edge, order)})]))
