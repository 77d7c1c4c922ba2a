"""From a file to what it holds: the one way in for the commands and for the browser."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from partners.importing import outlook
from partners.importing.columns import ORDERS, PARTNERS, Kind
from partners.importing.loading_orders import load_orders
from partners.importing.loading_partners import Loaded, Run, load_partners
from partners.importing.mapping import Mapping, choose_table, guess
from partners.importing.order_rows import OrderFile
from partners.importing.outlook import Outlook
from partners.importing.partner_rows import PartnerFile
from partners.importing.reading import Table, open_tables
from partners.models import Vendor

KINDS = {kind.key: kind for kind in (PARTNERS, ORDERS)}


def open_table(file: BinaryIO, *, name: str, kind: Kind) -> tuple[Table, Mapping]:
    """The table of a file that holds most of what we look for, and where. Raises ``Unreadable``."""
    table = choose_table(kind, open_tables(file, name=name))
    return table, guess(kind, table.header)


def understand(*, table: Table, mapping: Mapping, kind: Kind, vendor: Vendor, now: datetime) -> PartnerFile | OrderFile:
    """The table as rows of one kind. Raises ``Unreadable`` where a required column is missing."""
    if kind is PARTNERS:
        return PartnerFile(table=table, mapping=mapping, vendor=vendor)
    today = now.astimezone(ZoneInfo(vendor.time_zone)).date()
    return OrderFile(table=table, mapping=mapping, vendor=vendor, today=today)


def foresee(file: PartnerFile | OrderFile, *, without: set[int]) -> Outlook:
    """What loading the rows of a file would do, leaving out the lines in ``without``."""
    if isinstance(file, PartnerFile):
        return outlook.of_partners(file.good_rows(without=without), file.vendor)
    return outlook.of_orders(file.good_rows(without=without), file.vendor)


def load(file: PartnerFile | OrderFile, *, without: set[int], run: Run) -> Iterator[Loaded]:
    """Load the rows of a file, leaving out the lines in ``without``; says after each chunk what it did."""
    if isinstance(file, PartnerFile):
        return load_partners(file.good_rows(without=without), run)
    return load_orders(file.good_rows(without=without), run)
