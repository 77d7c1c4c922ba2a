"""What a file really is, whatever its name says, and what to do with one that we do not take.

Nothing is guessed: a file whose name and content contradict each other was saved or renamed by mistake, and whoever
sent it knows which of the two is right.
"""

import re
from pathlib import PurePath
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.importing.reading import Unreadable

LOOKED_AT: Final = 4096  # bytes at the beginning
TEXT_NAMES: Final = frozenset({".csv", ".tsv", ".tab", ".txt"})
SPREADSHEET_NAMES: Final = frozenset({".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods", ".numbers"})
ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06")
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"  # Excel up to 2003, and newer files behind a password
PICTURES_AND_ARCHIVES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|\?xml|html|head|meta|body|table)\b", re.IGNORECASE)


def is_archive(start: bytes) -> bool:
    return start.startswith(ARCHIVES)


def refuse_other_formats(start: bytes, name: str) -> None:
    """Raises ``Unreadable`` for what is no table, and for text that is called a spreadsheet."""
    if start.startswith(OLD_OFFICE):
        raise Unreadable(
            gettext_lazy(
                "This is an Excel file of the old kind (.xls), or one with a password. Save it as .xlsx without a "
                "password, or as CSV, and try again."
            )
        )
    if start.startswith(b"%PDF"):
        raise Unreadable(gettext_lazy("This is a PDF, not a table. Export the list as CSV or XLSX and try again."))
    if start.startswith(PICTURES_AND_ARCHIVES):
        raise Unreadable(gettext_lazy("This is a picture or an archive, not a table. Export the list as CSV or XLSX."))
    if MARKUP.match(start):
        raise Unreadable(
            gettext_lazy(
                "This is a web page or XML, whatever its name says. Open it in your spreadsheet program, save it as "
                "XLSX or CSV, and try again."
            )
        )
    ending = _ending(name)
    if ending in SPREADSHEET_NAMES and _is_text(start):
        raise Unreadable(
            _(
                "This file is called %(ending)s, but holds plain text and no spreadsheet. If it is a CSV file, rename "
                "it so that it ends in .csv; else save it as XLSX. Then try again."
            )
            % {"ending": ending}
        )


def refuse_wrong_name(name: str) -> None:
    """For a file that was read as XLSX. Raises ``Unreadable`` where its name says something else."""
    ending = _ending(name)
    if ending in TEXT_NAMES or ending == ".xls":
        raise Unreadable(
            _(
                "This file is called %(ending)s, but is an XLSX spreadsheet. Rename it so that it ends in .xlsx, or "
                "save it as CSV. Then try again."
            )
            % {"ending": ending}
        )


def other_spreadsheet(parts: list[str]) -> Unreadable | None:
    """What to say of an archive with these parts that is no XLSX and yet the file of a spreadsheet program."""
    program = next((program for part, program in OTHER_SPREADSHEETS.items() if part in parts), None)
    if program is None:
        return None
    words = _("This is a spreadsheet of %(program)s, which we do not read. Save it as XLSX or CSV and try again.")
    return Unreadable(words % {"program": program})


OTHER_SPREADSHEETS: Final = {
    "xl/workbook.bin": "Excel (.xlsb)",
    "content.xml": "LibreOffice (.ods)",
    "Index/Document.iwa": "Numbers",
}


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def _is_text(start: bytes) -> bool:
    return not is_archive(start) and (start.startswith(UTF_16) or b"\x00" not in start)
