"""One row of a file of orders, and what shows when all of them are seen together."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from partners.importing import values
from partners.importing.checking import Findings, WrongCell, quoted
from partners.importing.columns import ORDERS
from partners.importing.mapping import Mapping
from partners.importing.naming import partners_meant
from partners.importing.order_items import Numbers
from partners.importing.reading import Table
from partners.importing.row_files import RowFile
from partners.models import Vendor


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A good row. ``partner`` is a reference, a company or an e-mail address; "" for the vendor's direct partners."""

    line: int
    customer_id: str
    customer_name: str
    ordered_on: date
    quantity: int
    amount: Decimal | None
    number: str
    partner: str
    rows: int = 1  # of the file; more where an order has a row for each item


class OrderFile(RowFile[OrderRow]):
    """A table read as orders; none may lie after ``today``."""

    kind = ORDERS

    def __init__(self, *, table: Table, mapping: Mapping, vendor: Vendor, today: date) -> None:
        super().__init__(table=table, mapping=mapping, vendor=vendor)
        self.today = today

    def comparison(self) -> "OrdersTogether":
        return OrdersTogether(self.vendor)

    def read(self, line: int, findings: Findings) -> OrderRow | None:
        customer = findings.need("customer_id")
        day = self._day(findings)
        quantity = findings.read("quantity", values.quantity, 1)
        amount = findings.read("amount", values.amount, None)
        partner = findings.cells.get("partner", "")
        if "partner" in self.mapping and not partner:
            reason = _("It is empty. Name the partner whose customer this is, or leave out the whole column.")
            findings.wrong.append(WrongCell("partner", reason))
        if day is None:
            return None
        return OrderRow(
            line=line,
            customer_id=customer,
            customer_name=findings.cells.get("customer_name", ""),
            ordered_on=day,
            quantity=quantity,
            amount=amount,
            number=findings.cells.get("number", ""),
            partner=partner,
        )

    def _day(self, findings: Findings) -> date | None:
        day = findings.read("ordered_on", values.day, None) if findings.need("ordered_on") else None
        if day and day > self.today:
            findings.wrong.append(
                WrongCell("ordered_on", _("It lies in the future: %(day)s.") % {"day": day.isoformat()})
            )
        return day


class OrdersTogether:
    """The partners that the rows name are looked up at once; where one is nobody, its rows are bad.

    Bad is also a row whose number another order of the file has.
    """

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.numbers = Numbers()
        self.misnumbered: list[tuple[int, WrongCell]] = []
        self.lines: defaultdict[str, list[int]] = defaultdict(list)  # by the partner as written

    def add(self, row: OrderRow) -> None:
        wrong = self.numbers.look_at(row)
        if wrong is not None:
            self.misnumbered.append((row.line, wrong))
        if row.partner:
            self.lines[row.partner].append(row.line)

    def problems(self) -> Iterator[tuple[int, WrongCell]]:
        yield from self.misnumbered
        reason = _("%(value)s is none of your partners. Load the partners first.")
        known = partners_meant(self.vendor, self.lines)
        for text, lines in self.lines.items():
            if text not in known:
                for line in lines:
                    yield line, WrongCell("partner", reason % {"value": quoted(text)})
