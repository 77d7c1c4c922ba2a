"""One row of a file of orders, and the look through the whole file before anything is loaded."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from partners.importing import values
from partners.importing.checking import (
    Findings,
    Problem,
    Survey,
    WrongCell,
    cells_of,
    check_shape,
    column_name,
    in_words,
    quoted,
)
from partners.importing.columns import ORDERS
from partners.importing.mapping import Mapping, require
from partners.importing.naming import partners_meant
from partners.importing.reading import Row, Table
from partners.models import Vendor

SAMPLES: Final = 5


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


class OrderFile:
    """A table read as orders at ``vendor``; none may lie after ``today``."""

    kind = ORDERS

    def __init__(self, *, table: Table, mapping: Mapping, vendor: Vendor, today: date) -> None:
        """Raises ``Unreadable`` where a required column is missing."""
        require(ORDERS, mapping, table)
        self.table = table
        self.mapping = mapping
        self.vendor = vendor
        self.today = today

    def good_rows(self, *, without: set[int]) -> Iterator[OrderRow]:
        for row in self.table.rows():
            if row.line not in without:
                found, problems = self.check(row)
                if found and not problems:
                    yield found

    def survey(self, *, keep: int = 500) -> Survey[OrderRow]:
        """Look through the whole file: how many rows are good, and what is wrong with the others."""
        survey: Survey[OrderRow] = Survey(keep=keep)
        named: defaultdict[str, list[int]] = defaultdict(list)
        for row in self.table.rows():
            survey.rows += 1
            found, problems = self.check(row)
            survey.add(problems)
            if found and not problems:
                if found.partner:
                    named[found.partner].append(found.line)
                if len(survey.samples) < SAMPLES:
                    survey.samples.append(found)
        survey.add(self._without_partner(named))
        survey.problems.sort(key=lambda problem: problem.line)
        return survey

    def _without_partner(self, named: dict[str, list[int]]) -> list[Problem]:
        known = partners_meant(self.vendor, named)
        name = column_name("partner", self.table, self.mapping, ORDERS)
        reason = _("%(value)s is none of your partners. Load the partners first.")
        return [
            Problem(line, name, reason % {"value": quoted(text)})
            for text, lines in named.items()
            if text not in known
            for line in lines
        ]

    def check(self, row: Row) -> tuple[OrderRow | None, list[Problem]]:
        """The row as an order, and what is wrong with it."""
        cells = cells_of(row, self.mapping)
        wrong = check_shape(row, cells, ORDERS, len(self.table.header))
        if wrong:
            return None, in_words(row, wrong, self.table, self.mapping, ORDERS)
        findings = Findings(cells)
        found = self._read(row.line, findings)
        return found, in_words(row, findings.wrong, self.table, self.mapping, ORDERS)

    def _read(self, line: int, findings: Findings) -> OrderRow | None:
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
