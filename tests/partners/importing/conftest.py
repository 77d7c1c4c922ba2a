"""Files as text, on their way into the database."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from partners.importing.checking import Problem
from partners.importing.columns import Kind
from partners.importing.files import load, open_table, understand
from partners.importing.loading_partners import Loaded, Run
from partners.importing.order_rows import OrderFile
from partners.importing.partner_rows import PartnerFile
from partners.models import Member, Vendor


class Importer:
    """Reads and loads a file's text the way the doors do, and keeps what was said."""

    def __init__(self, kind: Kind, run: Run) -> None:
        self.kind = kind
        self.run = run

    def problems(self, text: str) -> list[Problem]:
        return self.understand(text).survey().problems

    def load(self, text: str, **changes: object) -> Loaded:
        file = self.understand(text)
        survey = file.survey()
        return sum(load(file, without=survey.bad_lines, run=replace(self.run, **changes)), Loaded())  # type: ignore[arg-type]

    def understand(self, text: str) -> PartnerFile | OrderFile:
        table, mapping = open_table(io.BytesIO(text.encode()), name="list.csv", kind=self.kind)
        return understand(table=table, mapping=mapping, kind=self.kind, vendor=self.run.vendor, now=self.run.now)


@pytest.fixture
def importer(vendor: Vendor, manager: Member, now: datetime) -> Callable[[Kind], Importer]:
    def make(kind: Kind) -> Importer:
        run = Run(vendor=vendor, manager=manager, by=manager.user, now=now, source="list.csv")
        return Importer(kind, run)

    return make
