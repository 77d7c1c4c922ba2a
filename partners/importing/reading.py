"""A file as rows of text, whatever program wrote it: CSV in its dialects and encodings, or XLSX.

Rows are read as they are asked for, so that memory does not grow with the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_BYTES: Final = 200 * 1024 * 1024
MAX_ROWS: Final = 1_048_576  # what one sheet of a spreadsheet can hold


class Unreadable(Exception):
    """The file cannot be read at all; ``message`` says why and what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Row:
    """One record; ``line`` is where it begins in the file, counted from 1, as an editor or a spreadsheet shows it."""

    line: int
    cells: list[str]
    is_unclosed: bool = False  # a quotation mark was opened and never closed, so the rest of the file is in here


class Table(Protocol):
    """A file that was understood. ``rows`` can be asked for again and again; blank records are left out."""

    header: list[str]
    header_line: int

    @property
    def form(self) -> str:
        """What kind of file this is, in words for the person who uploaded it."""
        ...

    def rows(self) -> Iterator[Row]: ...


def open_tables(file: BinaryIO, *, name: str) -> list[Table]:
    """The tables of a file that can seek: one for CSV, one a sheet for XLSX. Raises ``Unreadable``."""
    from partners.importing.csv_files import CsvTable
    from partners.importing.spreadsheets import open_sheets

    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(8)
    if size == 0:
        raise Unreadable(_("The file is empty. Export it again, with at least one row below the column names."))
    if size > MAX_BYTES:
        raise Unreadable(_("The file is larger than 200 MB. Split it and load the parts one after the other."))
    _refuse_other_formats(start, name)
    return list(open_sheets(file)) if start.startswith(b"PK") else [CsvTable(file)]


def _refuse_other_formats(start: bytes, name: str) -> None:
    ending = PurePath(name).suffix.lower()
    if start.startswith(b"\xd0\xcf\x11\xe0") or ending == ".xls":
        raise Unreadable(_("This is an Excel file of the old kind (.xls). Save it as .xlsx or as CSV and try again."))
    if start.startswith(b"%PDF"):
        raise Unreadable(_("This is a PDF, not a table. Export the list as CSV or XLSX and try again."))
    if start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")):
        raise Unreadable(_("This is a picture or an archive, not a table. Export the list as CSV or XLSX."))
