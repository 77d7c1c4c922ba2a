"""Several rows of one order: exports with a row an item say the order's number in each, one below the other."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from partners.importing import values
from partners.importing.checking import WrongCell, quoted

if TYPE_CHECKING:
    from partners.importing.order_rows import OrderRow


def summed(rows: Iterable["OrderRow"]) -> Iterator["OrderRow"]:
    """One row an order: items that stand together add up. A row without a number is an order of its own."""
    for _key, items in groupby(rows, key=_order):
        yield reduce(_added, items)


def _order(row: "OrderRow") -> tuple[object, ...]:
    return (row.number, row.partner, row.customer_id, row.ordered_on) if row.number else (row.line,)


def _added(order: "OrderRow", item: "OrderRow") -> "OrderRow":
    amounts = [amount for amount in (order.amount, item.amount) if amount is not None]
    amount = sum(amounts, Decimal(0)) if amounts else None
    return replace(order, quantity=order.quantity + item.quantity, amount=amount, rows=order.rows + item.rows)


class Numbers:
    """Finds rows whose number another order of the file has. Rows have to come in the order of the file."""

    def __init__(self) -> None:
        self._lines: dict[int, int] = {}  # what a number hashes to, and where it stood first
        self._order: OrderRow | None = None  # the last one, as far as it was read

    def look_at(self, row: "OrderRow") -> WrongCell | None:
        """What is wrong with the row beside those before it; a wrong row counts as not read."""
        if not row.number:
            return None
        line = self._lines.setdefault(hash((row.partner, row.number)), row.line)
        if line == row.line:
            self._order = row
            return None
        told = {"number": quoted(row.number), "line": line}
        above = self._order
        if above is None or (above.number, above.partner) != (row.number, row.partner):
            reason = _(
                "Order %(number)s is in line %(line)d already. Rows of one order must stand one below the other: sort "
                "the file by order number."
            )
            return WrongCell("number", reason % told)
        if _order(above) != _order(row):
            reason = _(
                "Order %(number)s is in line %(line)d already, of another customer or another day. Give each order a "
                "number of its own."
            )
            return WrongCell("number", reason % told)
        order = _added(above, row)
        if order.quantity > values.MAX_QUANTITY or (order.amount or 0) > values.MAX_AMOUNT:
            reason = _("With this row order %(number)s, which began in line %(line)d, becomes too large.")
            return WrongCell("number", reason % told)
        self._order = order
        return None
