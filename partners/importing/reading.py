"""A file as rows of text, whatever program wrote it: CSV in its dialects and encodings, or XLSX.

Rows are read as they are asked for, so that memory does not grow with the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
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
    from partners.importing import formats
    from partners.importing.csv_files import CsvTable
    from partners.importing.spreadsheets import open_sheets

    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(formats.LOOKED_AT)
    if size == 0:
        raise Unreadable(_("The file is empty. Export it again, with at least one row below the column names."))
    if size > MAX_BYTES:
        raise Unreadable(_("The file is larger than 200 MB. Split it and load the parts one after the other."))
    formats.refuse_other_formats(start, name)
    if not formats.is_archive(start):
        return [CsvTable(file)]
    sheets = open_sheets(file)
    formats.refuse_wrong_name(name)
    return list(sheets)
