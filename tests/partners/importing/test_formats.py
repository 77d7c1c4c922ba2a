"""A file that is not what it is called, or no table at all, is told so with what to do; nothing is guessed."""

import io

import pytest

from partners.importing.reading import Unreadable, open_tables
from tests.partners.importing.test_reading import archive, workbook

CSV = "Firma;Ansprechpartner;E-Mail\nHafen IT;Hanna;hanna@hafen.example\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
XLSX = workbook(List=[["Firma", "E-Mail"], ["Hafen IT", "hanna@hafen.example"]])
ODS = archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<office/>"})
XLSB = archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"\x83\x01\x00"})
PAGE = b"<html><body><table><tr><td>Firma</td></tr></table></body></html>"


def refusal(content: bytes | str, name: str) -> str:
    with pytest.raises(Unreadable) as raised:
        open_tables(io.BytesIO(content.encode() if isinstance(content, str) else content), name=name)
    return str(raised.value.message)


@pytest.mark.parametrize("name", ["list.xlsx", "LIST.XLSX", "list.xls", "list.ods"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_that_is_called_a_spreadsheet(name: str, encoding: str) -> None:
    said = refusal(CSV.encode(encoding), name)
    assert said.startswith(f"This file is called {name[name.index('.') :].lower()}, but holds plain text")
    assert "rename it so that it ends in .csv" in said


@pytest.mark.parametrize("name", ["list.csv", "list.txt", "List.TSV", "list.xls"])
def test_a_spreadsheet_that_is_called_text(name: str) -> None:
    said = refusal(XLSX, name)
    assert said.startswith(f"This file is called {name[name.index('.') :].lower()}, but is an XLSX spreadsheet.")
    assert "Rename it so that it ends in .xlsx" in said


@pytest.mark.parametrize("name", ["list.xls", "list.xlsx", "list.csv", "list"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (OLE, "an Excel file of the old kind (.xls), or one with a password. Save it as .xlsx without a password"),
        (b"%PDF-1.7\n", "This is a PDF, not a table. Export the list as CSV or XLSX"),
        (PAGE, "This is a web page or XML, whatever its name says. Open it in your spreadsheet program"),
        (b'\xef\xbb\xbf\r\n<?xml version="1.0"?><Workbook/>', "This is a web page or XML"),
        (b"\x89PNG\r\n", "This is a picture or an archive"),
        (ODS, "This is a spreadsheet of LibreOffice (.ods), which we do not read. Save it as XLSX or CSV"),
        (XLSB, "This is a spreadsheet of Excel (.xlsb)"),
        (archive({"list.csv": b"a,b"}), "an archive, not a spreadsheet. Unpack it"),
    ],
)
def test_what_is_no_table_is_told_whatever_its_name(content: bytes, words: str, name: str) -> None:
    assert words in refusal(content, name)


def test_what_is_neither_text_nor_spreadsheet_is_not_called_text() -> None:
    assert "not a text file" in refusal(b"\x00\x01\x02\x03 rubbish", "list.xlsx")


@pytest.mark.parametrize("name", ["list.xlsx", "list.xlsm", "list", "list.export"])
def test_a_spreadsheet_under_a_name_that_does_not_contradict_it_is_read(name: str) -> None:
    assert [table.header for table in open_tables(io.BytesIO(XLSX), name=name)] == [["Firma", "E-Mail"]]


@pytest.mark.parametrize("name", ["list.csv", "list.txt", "list", "list.export", "2026.07.31"])
def test_text_under_a_name_that_does_not_contradict_it_is_read(name: str) -> None:
    assert open_tables(io.BytesIO(CSV.encode()), name=name)[0].header == ["Firma", "Ansprechpartner", "E-Mail"]


def test_letters_that_archives_begin_with_make_no_archive() -> None:
    assert open_tables(io.BytesIO(b"PK;Firma\n1;A\n"), name="list.csv")[0].header == ["PK", "Firma"]


def test_an_angle_bracket_alone_makes_no_web_page() -> None:
    assert open_tables(io.BytesIO(b"<Firma>,Mail\nA,a@a.example\n"), name="list.csv")[0].header == ["<Firma>", "Mail"]
