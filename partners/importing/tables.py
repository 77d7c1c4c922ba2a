"""Tables on their way out as CSV, so that a spreadsheet opens them as text and ours reads them back."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
MARK: Final = "'"


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A line for each row, the first with the mark by which spreadsheets know UTF-8; no cell is a formula."""
    writer, mark = csv.writer(_Echo()), "\ufeff"
    for row in rows:
        yield mark + writer.writerow([harmless(str(cell)) for cell in row])
        mark = ""


def harmless(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return MARK + text if text.startswith(FORMULA) else text


def without_mark(text: str) -> str:
    """What ``harmless`` made harmless, as it was."""
    return text[1:] if text.startswith(MARK) and text[1:].startswith(FORMULA) else text
