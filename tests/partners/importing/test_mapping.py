"""Columns are found by the names that customer databases give them."""

import io

import pytest

from partners.importing.columns import ORDERS, PARTNERS, fold
from partners.importing.csv_files import CsvTable
from partners.importing.files import open_table
from partners.importing.mapping import guess, require, rivals
from partners.importing.reading import Unreadable
from tests.partners.importing.test_reading import workbook

EXPORTS = {
    "Salesforce": (
        "Account ID,Account Name,First Name,Last Name,Email,Phone,Billing Country,Employees,"
        "Account Owner,Parent Account",
        {"reference": 0, "company": 1, "first_name": 2, "last_name": 3, "contact_email": 4, "phone": 5, "country": 6}
        | {"size": 7, "manager": 8, "sponsor": 9},
    ),
    "HubSpot": (
        "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Associated Company,Country/Region,"
        "Time Zone,Preferred language,Number of Employees,Industry",
        {"reference": 0, "first_name": 1, "last_name": 2, "contact_email": 3, "phone": 4, "manager": 5, "company": 6}
        | {"country": 7, "time_zone": 8, "language": 9, "size": 10, "vertical": 11},
    ),
    "Pipedrive": (
        "Person - Name,Person - Email - Work,Person - Phone - Work,Organization - Name,Organization - Owner,"
        "Organization - Country of Address,Organization - ID",
        {"contact_name": 0, "contact_email": 1, "phone": 2, "company": 3, "manager": 4, "country": 5, "reference": 6},
    ),
    "Zoho": (
        "Record Id,Full Name,Email,Account Name,Mailing Country,Phone",
        {"reference": 0, "contact_name": 1, "contact_email": 2, "company": 3, "country": 4, "phone": 5},
    ),
    "Dynamics": (
        "Account Name,Main Phone,Primary Contact,Email (Primary Contact),Address 1: Country/Region,"
        "No. of Employees,Owner",
        {"company": 0, "phone": 1, "contact_name": 2, "contact_email": 3, "country": 4, "size": 5, "manager": 6},
    ),
    "a German one": (
        "Kundennummer,Firma,Ansprechpartner,E-Mail-Adresse,Land,Zeitzone,Sprache,Anzahl Mitarbeiter,Empfohlen von,"
        "Betreuer,Telefon,Branche",
        {"reference": 0, "company": 1, "contact_name": 2, "contact_email": 3, "country": 4, "time_zone": 5}
        | {"language": 6, "size": 7, "sponsor": 8, "manager": 9, "phone": 10, "vertical": 11},
    ),
    "a person's own": (
        "Firma,Name,Mail,Größe",
        {"company": 0, "contact_name": 1, "contact_email": 2, "size": 3},
    ),
    "one that calls the company Name": (
        "Name,Ansprechpartner,E-Mail",
        {"company": 0, "contact_name": 1, "contact_email": 2},
    ),
}


@pytest.mark.parametrize("export", EXPORTS)
def test_the_columns_of_usual_exports_are_found(export: str) -> None:
    header, expected = EXPORTS[export]
    assert guess(PARTNERS, header.split(",")) == expected


def test_the_columns_of_orders_are_found() -> None:
    header = ["Auftragsnummer", "Kundennummer", "Kundenname", "Bestelldatum", "Menge", "Betrag", "Händler"]
    expected = {"number": 0, "customer_id": 1, "customer_name": 2, "ordered_on": 3, "quantity": 4, "amount": 5}
    assert guess(ORDERS, header) == expected | {"partner": 6}


def test_columns_that_mean_the_same_are_found_with_the_one_that_is_used() -> None:
    header = ["Firma", "E-Mail", "Ansprechpartner", "e-mail", "Telefon", "Mobil", "Notiz", "Notiz", ""]
    mapping = guess(PARTNERS, header)
    found = {one.column.key: (one.used, list(one.others)) for one in rivals(PARTNERS, mapping, header)}
    assert found == {"contact_email": (1, [3]), "phone": (4, [5])}
    assert rivals(PARTNERS, mapping, header)[0].in_words(header) == (
        "More than one column of the file could be “Contact e-mail”: “E-Mail” (column 2), “e-mail” (column 4). "
        "Used is “E-Mail” (column 2)."
    )


def test_a_column_that_was_chosen_has_those_of_the_same_name_for_rivals() -> None:
    header = ["Firma", "Wer", "Mail", "Wer"]
    mapping = {"company": 0, "contact_name": 3, "contact_email": 2}
    assert [(one.column.key, one.used, list(one.others)) for one in rivals(PARTNERS, mapping, header)] == [
        ("contact_name", 3, [1])
    ]


@pytest.mark.parametrize("export", EXPORTS)
def test_usual_exports_say_nothing_twice(export: str) -> None:
    header = EXPORTS[export][0].split(",")
    assert rivals(PARTNERS, guess(PARTNERS, header), header) == []


def test_a_name_is_folded() -> None:
    assert fold("  E-Mail (Büro) ") == "e mail buro"
    assert fold("Straße") == "strasse"


def test_every_name_is_written_folded_and_once_a_column() -> None:
    for kind in (PARTNERS, ORDERS):
        for column in kind.columns:
            assert [fold(name) for name in column.folded_names] == column.folded_names
            assert len(set(column.folded_names)) == len(column.folded_names), column.key


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    table = CsvTable(io.BytesIO(b"Company;Town\nA;B\n"))
    with pytest.raises(Unreadable) as raised:
        require(PARTNERS, guess(PARTNERS, table.header), table)
    assert raised.value.message == (
        "No columns of the file (CSV, semicolon, UTF-8) are recognised as Contact name, Contact e-mail. "
        "Its columns are: “Company”, “Town”."
    )


def test_of_several_sheets_the_one_with_our_columns_is_read() -> None:
    content = workbook(Notes=[["Hello"], ["World"]], List=[["Company", "Contact", "E-mail"], ["A", "B", "b@a.example"]])
    table, mapping = open_table(io.BytesIO(content), name="list.xlsx", kind=PARTNERS)
    assert table.form == "XLSX, sheet “List”"
    assert mapping == {"company": 0, "contact_name": 1, "contact_email": 2}


def test_a_workbook_without_our_columns_names_the_sheet_that_was_read() -> None:
    content = workbook(Notes=[["Hello"], ["World"]])
    table, mapping = open_table(io.BytesIO(content), name="list.xlsx", kind=PARTNERS)
    with pytest.raises(Unreadable, match="sheet “Notes”"):
        require(PARTNERS, mapping, table)
