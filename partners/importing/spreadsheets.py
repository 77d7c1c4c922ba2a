"""XLSX, read row by row. An archive that would unpack to far more than a table is refused before it is unpacked."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from html import unescape
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from partners.importing.formats import other_spreadsheet
from partners.importing.reading import MAX_ROWS, Row, Unreadable

MAX_UNPACKED: Final = 400 * 1024 * 1024
MAX_HELD: Final = 100 * 1024 * 1024  # parts other than sheets are held in memory as a whole
MAX_RATIO: Final = 200  # tables of many like rows shrink to a fiftieth
SMALL: Final = 5 * 1024 * 1024
PIECE: Final = 256 * 1024
BROKEN: Final = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
)
# A formula whose result was never stored: written by a program, never opened in a spreadsheet.
NO_RESULT: Final = re.compile(rb"(?:</f>|<f\s*/>|<f\s[^<>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
CELL: Final = re.compile(rb'<c\b[^<>]*\br="([A-Z]{1,3}[0-9]{1,7})"')
ENTITIES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


def damaged() -> Unreadable:
    return Unreadable(
        gettext_lazy("This spreadsheet is damaged or is no XLSX. Open it, save it as XLSX or CSV, and try again.")
    )


class SheetTable:
    """One sheet of a workbook."""

    def __init__(self, sheet: Any, first: Row) -> None:
        self._sheet = sheet
        self.title: str = sheet.title
        self.header = first.cells
        self.header_line = first.line

    @property
    def form(self) -> str:
        return _("XLSX, sheet “%(sheet)s”") % {"sheet": self.title}

    def rows(self) -> Iterator[Row]:
        return (row for row in records(self._sheet) if row.line > self.header_line)


def open_sheets(file: BinaryIO) -> list[SheetTable]:
    """Every visible sheet that holds anything, in the workbook's order. Raises ``Unreadable``."""
    _refuse_bombs(file)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations that we do not read
            book = load_workbook(file, read_only=True, data_only=True)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            tables = [SheetTable(sheet, first) for sheet in sheets if (first := next(records(sheet), None))]
    except BROKEN as error:
        raise damaged() from error
    if not tables:
        raise Unreadable(gettext_lazy("The spreadsheet is empty. Put the column names in the first row of a sheet."))
    return tables


def records(sheet: Any) -> Iterator[Row]:
    """The rows of an openpyxl sheet that hold anything."""
    sheet.reset_dimensions()  # what the file says about its size is often wrong
    try:
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            if line > MAX_ROWS:
                raise Unreadable(gettext_lazy("The sheet has more than a million rows. Split it and load the parts."))
            cells = [as_text(value) for value in values]
            if any(cell.strip() for cell in cells):
                yield Row(line, cells)
    except BROKEN as error:
        raise damaged() from error


def as_text(value: object) -> str:
    """A cell as a person would have typed it; dates as ISO, numbers with a point and no thousands mark."""
    if value is None:
        return ""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    text = f"{value:.10f}".rstrip("0")
    # 1.234 could be read as one thousand two hundred and thirty-four; 1.2340 cannot.
    return text + "0" if len(text.partition(".")[2]) == 3 else text


def _refuse_bombs(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise other_spreadsheet(archive.namelist()) or Unreadable(
                    gettext_lazy("This is an archive, not a spreadsheet. Unpack it and load the file inside.")
                )
            if not all(_is_of_sane_size(part) for part in parts) or sum(p.file_size for p in parts) > MAX_UNPACKED:
                raise Unreadable(
                    gettext_lazy("This spreadsheet unpacks to far more than a list. Save it as CSV and try again.")
                )
            for part in parts:
                _look_through(archive, part)
    except BROKEN as error:
        raise damaged() from error


def _is_of_sane_size(part: zipfile.ZipInfo) -> bool:
    if not part.filename.startswith("xl/worksheets/") and part.file_size > MAX_HELD:
        return False
    return part.file_size <= SMALL or part.file_size <= MAX_RATIO * max(1, part.compress_size)


def _without_result(until: bytes, sheet: str) -> Unreadable:
    """What to say of a formula that ``until`` ends with, in the cell that was opened last."""
    cells = CELL.findall(until)
    if not cells:
        return Unreadable(
            gettext_lazy(
                "The spreadsheet has formulas without results. Open it in your spreadsheet program, save it, and "
                "upload it again."
            )
        )
    words = _(
        "Cell %(cell)s of sheet “%(sheet)s” has a formula without a result. Open the file in your spreadsheet program, "
        "save it, and upload it again."
    )
    return Unreadable(words % {"cell": cells[-1].decode("ascii"), "sheet": sheet})


def _title(archive: zipfile.ZipFile, part: str) -> str:
    """What a sheet is called in the workbook; the name of its part where the workbook does not say."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    try:
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        links = ""
    keys = {
        key.group(1)
        for link in re.findall(r"<Relationship\b[^>]*>", links)
        if f'{part.removeprefix("xl/")}"' in link and (key := re.search(r'\bId="([^"]+)"', link))
    }
    for sheet in re.findall(r"<sheet\b[^>]*>", book):
        name, key = re.search(r'\bname="([^"]*)"', sheet), re.search(r':id="([^"]*)"', sheet)
        if name and key and key.group(1) in keys:
            return unescape(name.group(1))
    return PurePosixPath(part).stem


def _look_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse entities in any part, and formulas without results in a sheet."""
    if not part.filename.endswith((".xml", ".rels")):
        return
    is_sheet = part.filename.startswith("xl/worksheets/")
    rest = b""
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            window = rest + piece
            if ENTITIES.search(window) or (len(piece) == PIECE and b"<" not in piece):
                raise damaged()  # no program writes entities, or a cell of a quarter of a million letters
            if is_sheet and (found := NO_RESULT.search(window)):
                raise _without_result(window[: found.end()], _title(archive, part.filename))
            rest = window[-512:]
