"""A table read as rows of one kind: each row looked at by itself and beside the others, and nothing loaded yet."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, Protocol, TypeVar

from partners.importing.checking import (
    Findings,
    Problem,
    Survey,
    WrongCell,
    cells_of,
    check_shape,
    column_name,
    in_words,
)
from partners.importing.columns import Kind
from partners.importing.mapping import Mapping, require
from partners.importing.reading import Row, Table
from partners.models import Vendor

Checked = TypeVar("Checked")
Taken_contra = TypeVar("Taken_contra", contravariant=True)


class Comparison(Protocol[Taken_contra]):
    """What shows only when the good rows of a whole file are seen together."""

    def add(self, row: Taken_contra) -> None: ...

    def problems(self) -> Iterator[tuple[int, WrongCell]]:
        """Lines of rows that cannot be loaded after all, with what is wrong."""
        ...


class RowFile(ABC, Generic[Checked]):
    """A table as rows of one kind at ``vendor``; what the kinds have in common."""

    kind: ClassVar[Kind]

    def __init__(self, *, table: Table, mapping: Mapping, vendor: Vendor) -> None:
        """Raises ``Unreadable`` where a required column is missing."""
        require(self.kind, mapping, table)
        self.table = table
        self.mapping = mapping
        self.vendor = vendor

    @abstractmethod
    def read(self, line: int, findings: Findings) -> Checked | None:
        """The cells as a row of this kind. Whatever is wrong with them goes into ``findings``."""

    @abstractmethod
    def comparison(self) -> Comparison[Checked]: ...

    def check(self, row: Row) -> tuple[Checked | None, list[Problem]]:
        """The row as what it stands for, and what is wrong with it."""
        cells = cells_of(row, self.mapping)
        wrong = check_shape(row, cells, self.kind, len(self.table.header))
        if wrong:
            return None, in_words(row, wrong, self.table, self.mapping, self.kind)
        findings = Findings(cells)
        found = self.read(row.line, findings)
        return found, in_words(row, findings.wrong, self.table, self.mapping, self.kind)

    def good_rows(self, *, without: set[int]) -> Iterator[Checked]:
        """The rows that can be loaded, leaving out the lines in ``without``."""
        for row in self.table.rows():
            if row.line not in without:
                found, problems = self.check(row)
                if found and not problems:
                    yield found

    def survey(self, *, keep: int = 500) -> Survey:
        """Look through the whole file: how many rows are good, and what is wrong with the others."""
        survey = Survey(keep=keep)
        together = self.comparison()
        for row in self.table.rows():
            survey.rows += 1
            found, problems = self.check(row)
            survey.add(problems)
            if found and not problems:
                together.add(found)
        survey.add([self._problem(line, wrong) for line, wrong in together.problems()])
        survey.problems.sort(key=lambda problem: problem.line)
        return survey

    def _problem(self, line: int, wrong: WrongCell) -> Problem:
        return Problem(line, column_name(wrong.column, self.table, self.mapping, self.kind), wrong.reason)
