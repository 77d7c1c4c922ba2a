"""The reader gives back what was written, in every dialect, and says clearly what it cannot read."""

import csv
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from openpyxl import Workbook

from partners.importing.csv_files import PIECE, CsvTable, gibberish
from partners.importing.reading import Row, Unreadable, open_tables

HEADER = ["company", "contact name", "email", "note"]
LETTERS = st.characters(codec="cp1252", exclude_categories=["Cc", "Cs"]) | st.sampled_from("äöüßÄÖÜé€\"',;\t|\n")
CELLS = st.text(LETTERS, max_size=12)
ROWS = st.lists(st.lists(CELLS, min_size=4, max_size=4).filter(lambda row: any(c.strip() for c in row)), max_size=8)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]


def as_bytes(rows: list[list[str]], *, delimiter: str, encoding: str, end: str = "\r\n") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue().encode(encoding)


def read(content: bytes, name: str = "file.csv") -> tuple[list[str], list[Row]]:
    (table,) = open_tables(io.BytesIO(content), name=name)
    return table.header, list(table.rows())


def read_all(content: bytes, name: str) -> None:
    for table in open_tables(io.BytesIO(content), name=name):
        list(table.rows())


def refusal(content: bytes, name: str = "file.csv") -> str:
    with pytest.raises(Unreadable) as raised:
        read_all(content, name)
    return str(raised.value.message)


@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(["\r\n", "\n"]),
)
def test_a_csv_is_read_back_as_it_was_written(rows: list[list[str]], delimiter: str, encoding: str, end: str) -> None:
    content = as_bytes([HEADER, *rows], delimiter=delimiter, encoding=encoding, end=end)
    if encoding == "cp1252":
        assume(not is_utf8_too(content))
        if gibberish(content[:PIECE].decode("cp1252")):
            assert "make no sense" in refusal(content)
            return
    header, found = read(content)
    assert header == HEADER
    assert [row.cells for row in found] == rows


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("会社,担当者,email\n株式会社北海,鈴木,a@x.example\n", "shift_jis"),
        ("Компания,Имя,email\nСеверный свет,Иван Петров,a@x.example\n", "cp1251"),
        ("Εταιρεία,Όνομα,email\nΒόρειο Σέλας,Γιώργος,a@x.example\n", "cp1253"),
        ("Firma,Osoba,email\nMichałowski Dźwięk,Paweł Wałęsa,a@x.example\n", "cp1250"),
        ("公司,联系人,email\n北京公司,王小明,a@x.example\n", "gbk"),
    ],
)
def test_letters_that_make_no_sense_are_refused_and_shown(text: str, encoding: str) -> None:
    said = refusal(text.encode(encoding))
    assert "It is neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8” or XLSX" in said


@pytest.mark.parametrize(
    "text",
    [
        "Firma;Wer\nMüßigäöü & Söhne;Björn Ægård\n",
        "société;nom\nL’Œuvre créée – «Été»;Zoë Façade\n",
        "empresa;nombre\nAñejo S.L. – ¿Qué?;Íñigo Núñez\n",
        "Firma;Notiz\nBüro;10 m² für 5 €, 3½ Räume…”\n",
        "företag;namn\nSmörgåsbord AB;Åsa Öström\n",
    ],
)
def test_western_letters_in_windows_1252_are_read(text: str) -> None:
    _header, rows = read(text.encode("cp1252"))
    assert rows[0].cells == text.splitlines()[1].split(";")


def test_bytes_that_windows_1252_does_not_have_are_refused() -> None:
    assert "cannot be read" in refusal("メール,会社\n".encode("shift_jis"))  # bytes that Windows-1252 does not have


def is_utf8_too(content: bytes) -> bool:
    """Windows letters that happen to be UTF-8 as well cannot be told apart; plain ASCII is the same in both."""
    try:
        return not content.decode().isascii()
    except UnicodeDecodeError:
        return False


@given(rows=ROWS, encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_lines_are_counted_as_an_editor_counts_them(rows: list[list[str]], encoding: str) -> None:
    content = as_bytes([HEADER, *rows], delimiter=";", encoding=encoding, end="\n")
    expected, line = [], 2
    for row in rows:
        expected.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert [row.line for row in read(content)[1]] == expected


@given(content=st.binary(max_size=300))
def test_whatever_is_in_the_file_it_is_read_or_refused_in_words(content: bytes) -> None:
    try:
        words = " ".join(read(content)[0])
    except Unreadable as error:
        words = str(error.message)
    assert words.strip()


@given(content=st.binary(max_size=300))
def test_an_archive_of_anything_is_refused_in_words(content: bytes) -> None:
    assert refusal(b"PK\x03\x04" + content, "list.xlsx").endswith(".")


def test_excels_first_line_with_the_delimiter_is_not_a_row() -> None:
    header, rows = read(b"sep=;\r\nFirma;Mail\r\nA, B;c@d.example\r\n")
    assert header == ["Firma", "Mail"]
    assert rows == [Row(3, ["A, B", "c@d.example"])]


def test_blank_lines_are_left_out_and_counted() -> None:
    _, rows = read(b"a,b\n\n1,2\n,\n3,4\n")
    assert [(row.line, row.cells) for row in rows] == [(3, ["1", "2"]), (5, ["3", "4"])]


def test_blank_lines_above_the_header_do_no_harm() -> None:
    header, rows = read(b"\r\n\r\nFirma;Mail\r\nx;y\r\n")
    assert header == ["Firma", "Mail"]
    assert rows[0].line == 4


def test_a_comma_in_the_header_does_not_beat_the_delimiter() -> None:
    assert read(b"Name, Vorname;Firma;Mail\nA;B;C\n")[0] == ["Name, Vorname", "Firma", "Mail"]


def test_between_equals_the_rows_decide() -> None:
    assert read(b"Name, Vorname;Firma\nA;B\nC;D\n")[0] == ["Name, Vorname", "Firma"]


def test_a_file_with_line_feeds_of_an_old_mac_is_read() -> None:
    assert read(b"a;b\r1;2\r3;4\r")[1] == [Row(2, ["1", "2"]), Row(3, ["3", "4"])]


def test_a_table_can_be_read_again_and_again() -> None:
    table = CsvTable(io.BytesIO(b"a,b\n1,2\n3,4\n"))
    assert list(table.rows()) == list(table.rows()) == [Row(2, ["1", "2"]), Row(3, ["3", "4"])]


def test_a_quotation_mark_that_is_never_closed_is_noticed() -> None:
    _, rows = read(b'a,b\n1,2\n"3,4\n5,6\n')
    assert [row.is_unclosed for row in rows] == [False, True]


def test_a_closed_quotation_mark_at_the_end_is_no_alarm() -> None:
    assert [row.is_unclosed for row in read(b'a,b\n1,"2\n3"')[1]] == [False]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("Fürst;x\n".encode("cp1252"), "CSV, semicolon, Windows-1252"),
        ("Fürst,x\n".encode(), "CSV, comma, UTF-8"),
        ("Fürst\tx\n".encode("utf-16"), "CSV, tab, UTF-16"),
        ("Fürst|x\n".encode("utf-8-sig"), "CSV, vertical bar, UTF-8"),
    ],
)
def test_a_table_says_what_was_understood(content: bytes, form: str) -> None:
    assert CsvTable(io.BytesIO(content)).form == form


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "The file is empty"),
        (b"\n \n", "blank.csv", "no text"),
        (b"%PDF-1.7\nabc", "list.csv", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "list.csv", "a picture or an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.csv", "old kind (.xls)"),
        (b"a;b", "old.xls", "called .xls, but holds plain text"),
        (b"abc\x00def\x01", "data.bin", "not a text file"),
        ("a;b\n1;2\n".encode("utf-16-le"), "no-mark.csv", "not a text file"),
        (b"a;b\n\x81\x8d;2\n", "odd.csv", "cannot be read"),
        (b"a,b\n1," + b"x" * 300_000 + b"\n", "huge.csv", "Line 2 holds more text"),
        (b'a,b\n1,"' + b"x,y\n" * 50_000, "unclosed.csv", "Line 2 holds more text"),
        (b"PK\x03\x04 but no archive", "list.xlsx", "damaged or is no XLSX"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content: bytes, name: str, words: str) -> None:
    assert words in refusal(content, name)


# --- XLSX


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, part in parts.items():
            target.writestr(name, part)
    return content.getvalue()


def changed(content: bytes, part: str, change: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    return archive(parts | {part: change})


def test_cells_become_what_a_person_would_type() -> None:
    rows: list[list[object]] = [
        ["a", "b", "c", "d", "e"],
        ["Ä", 12, 12.0, 11.77, datetime(2026, 12, 31)],  # noqa: DTZ001 - spreadsheets know no zones
        [None, 1.234, date(2026, 1, 2), datetime(2026, 1, 2, 10, 30), True],  # noqa: DTZ001
    ]
    header, found = read(workbook(List=rows), "list.xlsx")
    assert header == ["a", "b", "c", "d", "e"]
    assert [row.cells for row in found] == [
        ["Ä", "12", "12", "11.77", "2026-12-31"],
        ["", "1.2340", "2026-01-02", "2026-01-02 10:30:00", "True"],
    ]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows() -> None:
    _, rows = read(workbook(List=[["a", "b"], ["1", "2"], [None, None], ["3", "4"]]), "list.xlsx")
    assert [row.line for row in rows] == [2, 4]


def test_every_sheet_that_holds_something_is_a_table() -> None:
    content = workbook(Notes=[["Hello"]], Empty=[], List=[["company", "email"], ["A", "a@a.example"]])
    tables = open_tables(io.BytesIO(content), name="list.xlsx")
    assert [table.form for table in tables] == ["XLSX, sheet “Notes”", "XLSX, sheet “List”"]


def test_a_spreadsheet_without_a_cell_is_refused() -> None:
    assert "empty" in refusal(workbook(Empty=[]), "list.xlsx")


def test_formulas_without_results_are_refused() -> None:
    content = workbook(List=[["company", "email"], ["A", '=CONCATENATE("a","@a.example")']])
    said = refusal(content, "list.xlsx")
    assert "Cell B2 of sheet “List” has a formula without a result." in said
    sheets: dict[str, list[list[object]]] = {"Notes": [["a"]], "R & D": [["x"], ["y"], ["=1+1"]]}
    two = workbook(**sheets)
    assert "Cell A3 of sheet “R & D” has a formula" in refusal(two, "list.xlsx")


def test_a_formula_counts_by_its_result() -> None:
    plain = workbook(List=[["a", "b"], ["x", 3]])
    sheet = zipfile.ZipFile(io.BytesIO(plain)).read("xl/worksheets/sheet1.xml")
    with_formula = changed(plain, "xl/worksheets/sheet1.xml", sheet.replace(b"<v>3</v>", b"<f>1+2</f><v>3</v>"))
    assert read(with_formula, "list.xlsx")[1][0].cells == ["x", "3"]


def test_an_archive_that_is_no_spreadsheet_is_refused() -> None:
    assert "an archive, not a spreadsheet" in refusal(archive({"list.csv": b"a,b"}), "list.zip")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = changed(workbook(List=[["a"]]), "xl/worksheets/sheet1.xml", b"<row/>" * 3_000_000)
    assert len(bomb) < 100_000
    assert "unpacks to far more than a list" in refusal(bomb, "list.xlsx")


def test_entities_are_refused() -> None:
    lol = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'
    assert "damaged" in refusal(changed(workbook(List=[["a"]]), "xl/sharedStrings.xml", lol), "list.xlsx")


def test_a_cell_as_long_as_a_book_is_refused() -> None:
    text = "".join(chr(97 + (at * at) % 26) for at in range(600_000)).encode()
    content = changed(workbook(List=[["a"]]), "xl/sharedStrings.xml", b"<sst><si><t>" + text + b"</t></si></sst>")
    assert "damaged" in refusal(content, "list.xlsx")


def test_a_damaged_sheet_is_refused_in_words() -> None:
    broken = changed(workbook(List=[["a"], ["b"]]), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>")
    assert "damaged" in refusal(broken, "list.xlsx")
