"""CSV as people really have it: the encoding and the delimiter are found out, quoted line breaks are kept."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import BinaryIO, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.importing.reading import MAX_ROWS, Row, Unreadable
from partners.templatetags.firstline import quoted

PIECE: Final = 1024 * 1024
MAX_LINE: Final = 256 * 1024  # characters between two line breaks
SAMPLE_LINES: Final = 60
SAMPLE_LINE: Final = 4096
DELIMITERS: Final = (",", ";", "\t", "|")
DELIMITER_WORDS: Final = {
    ",": gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("vertical bar"),
}
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
SIGN_IN_A_WORD: Final = re.compile(r"[A-Za-zÀ-ÿ][¡¢£¤¥¦¨©¬®¯±³¹»¼½¾¿][a-zà-ÿ]|[a-z]{3}[³¹¼¾¿]")
ODD_SHARE: Final = 4  # a file is refused where a fourth of what is beyond ASCII is odd
ENCODING_WORDS: Final = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}


class CsvTable:
    """The rows of a CSV file that can seek."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.encoding = find_encoding(file)
        sample = list(islice(self._lines(), SAMPLE_LINES))
        named = _named_delimiter(sample)
        self._skip = 1 if named else 0
        self.delimiter = named or find_delimiter(sample)
        first = next(self._records(), None)
        if first is None:
            raise Unreadable(gettext_lazy("The file has no text. Export it again, with column names in the first row."))
        self.header = first.cells
        self.header_line = first.line

    @property
    def form(self) -> str:
        return _("CSV, %(delimiter)s, %(encoding)s") % {
            "delimiter": DELIMITER_WORDS[self.delimiter],
            "encoding": ENCODING_WORDS[self.encoding],
        }

    def rows(self) -> Iterator[Row]:
        return islice(self._records(), 1, None)

    def _records(self) -> Iterator[Row]:
        raw: list[str] = []  # the lines of the record that is being read
        reader = csv.reader(_remembered(islice(self._lines(), self._skip, None), raw), delimiter=self.delimiter)
        line = 1 + self._skip
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise _too_long(line) from error
            if cells is None:
                return
            if line > MAX_ROWS:
                raise Unreadable(gettext_lazy("The file has more than a million lines. Split it and load the parts."))
            if any(cell.strip() for cell in cells):
                yield Row(line, cells, is_unclosed=len(raw) > 1 and self._is_unclosed(raw))
            line += len(raw)
            raw.clear()

    def _is_unclosed(self, raw: list[str]) -> bool:
        try:
            list(csv.reader(raw, delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            return "unexpected end" in str(error)
        return False

    def _lines(self) -> Iterator[str]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self.encoding, newline="")
        number = 1
        try:
            while line := text.readline(MAX_LINE):
                if len(line) >= MAX_LINE and line[-1] not in "\r\n":
                    raise _too_long(number)
                yield line
                number += 1
        finally:
            with suppress(ValueError):  # the file may be closed before a reader that stopped half-way is collected
                text.detach()


def _remembered(lines: Iterator[str], raw: list[str]) -> Iterator[str]:
    for line in lines:
        raw.append(line)
        yield line


def _too_long(line: int) -> Unreadable:
    return Unreadable(
        _(
            "Line %(line)d holds more text than a table would. A quotation mark that opens there is probably not "
            "closed; correct it, or export the file again."
        )
        % {"line": line}
    )


def find_encoding(file: BinaryIO) -> str:
    """By its mark at the start, else UTF-8 where the whole file is that, else Windows-1252. Raises ``Unreadable``."""
    file.seek(0)
    start = file.read(4)
    for mark, encoding in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return _checked(file, encoding)
    try:
        return _checked(file, "utf-8")
    except UnicodeDecodeError:
        pass
    encoding = _checked(file, "cp1252")
    refuse_gibberish(file)
    return encoding


def refuse_gibberish(file: BinaryIO) -> None:
    """Raises ``Unreadable`` where bytes that are no UTF-8 make no sense as Windows-1252 either."""
    file.seek(0)
    odd = gibberish(file.read(PIECE).decode("cp1252", "replace"))
    if not odd:
        return
    words = _(
        "The letters of this file make no sense to us: %(sample)s. It is neither UTF-8 nor Windows-1252. Save it as "
        "“CSV UTF-8” or XLSX and try again."
    )
    raise Unreadable(words % {"sample": ", ".join(quoted(run[:12]) for run in odd[:3])})


def gibberish(text: str) -> list[str]:
    """What shows that ``text``, read as Windows-1252, was written in another encoding; nothing where that is rare.

    Any bytes can be read as Windows-1252, those of Shift-JIS, of Windows-1251 and its likes, too. Western words have
    one letter beyond ASCII, or two in a row; theirs consist of them, or have signs for letters.
    """
    runs = BEYOND_ASCII.findall(text)
    odd = [run for run in runs if len(run) > 2 and len(set(run)) > 1 and any(letter.isalpha() for letter in run)]
    odd += SIGN_IN_A_WORD.findall(text)
    return odd if len(odd) * ODD_SHARE >= len(runs) else []


def _checked(file: BinaryIO, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(PIECE):
            if "\x00" in decoder.decode(piece):
                raise Unreadable(gettext_lazy("This is not a text file. Export the list as CSV or XLSX and try again."))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            raise
        raise Unreadable(
            gettext_lazy("The letters of this file cannot be read. Save it as “CSV UTF-8” or XLSX and try again.")
        ) from error
    return encoding


def _named_delimiter(sample: list[str]) -> str:
    """The delimiter in Excel's own first line, ``sep=;``."""
    first = sample[0].rstrip("\r\n").lower() if sample else ""
    return first[4:5] if first.startswith("sep=") and first[4:5] in DELIMITERS else ""


def find_delimiter(sample: list[str]) -> str:
    """The one that cuts the header into most cells; between equals, the one by which the rows are as wide as it."""
    lines = [line if len(line) <= SAMPLE_LINE else line[:SAMPLE_LINE] for line in sample]
    while lines and not lines[0].strip():
        del lines[0]
    return max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))


def _fit(lines: list[str], delimiter: str) -> tuple[int, float]:
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return (0, 0.0)
    width = len(rows[0]) if rows else 0
    return (width, sum(len(row) == width for row in rows) / max(1, len(rows)))
