"""What is wrong with a row, in words: its line, its column and the reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from django.utils.translation import gettext as _

from partners.importing.columns import Kind
from partners.importing.mapping import Mapping
from partners.importing.reading import Row, Table
from partners.importing.tables import without_mark
from partners.templatetags.firstline import quoted as in_quotation_marks

SPREADSHEET_ERRORS: Final = frozenset(
    {"#N/A", "#NV", "#REF!", "#BEZUG!", "#NAME?", "#VALUE!", "#WERT!", "#DIV/0!", "#NULL!", "#NUM!", "#ZAHL!"}
)
SHOWN: Final = 60  # letters of a wrong value that are repeated to the person

Value = TypeVar("Value")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be loaded. ``column`` is the name that stands in the file, "" where it is the whole row."""

    line: int
    column: str
    reason: str
    about: str = ""  # whom the row is about, as far as it says


class WrongCell(Exception):
    """One cell holds what it may not; ``column`` is our key for it."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(slots=True)
class Findings:
    """All problems of one row, gathered so that a person can mend them in one go."""

    cells: dict[str, str]
    wrong: list[WrongCell] = field(default_factory=list)

    def read(self, column: str, parse: Callable[[str], Value], otherwise: Other) -> Value | Other:
        """The parsed cell; ``otherwise`` where it is empty or wrong."""
        text = self.cells.get(column, "")
        if not text:
            return otherwise
        try:
            return parse(text)
        except WrongValue as error:
            self.wrong.append(WrongCell(column, error.reason))
            return otherwise

    def need(self, column: str) -> str:
        text = self.cells.get(column, "")
        if not text:
            self.wrong.append(WrongCell(column, _("It is empty, and is needed.")))
        return text


class WrongValue(Exception):
    """A value that cannot be read as what its column is for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def quoted(text: str) -> str:
    """A wrong value as it is repeated to the person: on one line, cut where it is long."""
    flat = " ".join(text.split())
    return in_quotation_marks(f"{flat[:SHOWN]}…" if len(flat) > SHOWN else flat)


@dataclass
class Survey:
    """A whole file, looked through once and loaded not at all."""

    rows: int = 0
    bad_lines: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)  # the first ones, at most ``keep``
    problem_count: int = 0
    keep: int = 500

    @property
    def good(self) -> int:
        return self.rows - len(self.bad_lines)

    def add(self, problems: list[Problem]) -> None:
        self.bad_lines.update(problem.line for problem in problems)
        self.problem_count += len(problems)
        self.problems.extend(problems[: max(0, self.keep - len(self.problems))])


def cells_of(row: Row, mapping: Mapping) -> dict[str, str]:
    """Our columns' cells on one line, with single spaces; cells that a short row lacks are empty."""
    cells, width = row.cells, len(row.cells)
    return {
        key: without_mark(" ".join(cells[place].split())) if place < width else "" for key, place in mapping.items()
    }


def check_shape(row: Row, cells: dict[str, str], kind: Kind, width: int) -> list[WrongCell]:
    """What is wrong with a row whatever its columns mean."""
    if row.is_unclosed:
        return [WrongCell("", _("A quotation mark opens here and is never closed, so the rest of the file is lost."))]
    if any(cell.strip() for cell in row.cells[width:]):
        return [WrongCell("", _("It has more cells than there are column names. Is a delimiter inside a text?"))]
    limits = kind.max_lengths
    return [
        wrong
        for key, text in cells.items()
        if len(text) > limits[key] or text.startswith("#") or not text.isprintable()
        for wrong in _check_text(key, text, limits[key])
    ]


def _check_text(key: str, text: str, limit: int) -> Iterator[WrongCell]:
    if text.upper() in SPREADSHEET_ERRORS:
        yield WrongCell(key, _("%(value)s is an error of the spreadsheet, not a value.") % {"value": quoted(text)})
    elif len(text) > limit:
        yield WrongCell(
            key,
            _("It has %(length)d letters, and at most %(limit)d fit: %(value)s")
            % {"length": len(text), "limit": limit, "value": quoted(text)},
        )
    elif any(c < " " or c == "\x7f" for c in text):
        yield WrongCell(key, _("It holds characters that are no text. Delete the cell and type it anew."))


def in_words(row: Row, wrong: list[WrongCell], table: Table, mapping: Mapping, kind: Kind) -> list[Problem]:
    """The problems of one row, with the column names that the person sees in the file."""
    return [Problem(row.line, column_name(cell.column, table, mapping, kind), cell.reason) for cell in wrong]


def column_name(key: str, table: Table, mapping: Mapping, kind: Kind) -> str:
    if not key:
        return ""
    place = mapping.get(key)
    written = table.header[place].strip() if place is not None and place < len(table.header) else ""
    return written or str(kind.by_key[key].label)
