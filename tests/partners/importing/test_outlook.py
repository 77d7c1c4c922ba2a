"""What the preview foretells of a file is what loading it then does."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.importing import outlook as outlooks
from partners.importing.columns import ORDERS, PARTNERS
from partners.importing.files import foresee
from partners.importing.outlook import Outlook
from partners.models import Partner, Vendor
from tests.partners.importing.conftest import Importer

Make = Callable[..., Importer]
HEADER = "Firma;Ansprechpartner;E-Mail;Kundennummer;Empfohlen von\n"
HAFEN = "Hafen IT;Hanna;hanna@hafen.example;;\n"


def foreseen(importer: Importer, text: str) -> Outlook:
    file = importer.understand(text)
    return foresee(file, without=file.survey().bad_lines)


def counts(outlook: Outlook) -> dict[str, int]:
    names = ("new", "joining", "changing", "unchanged", "repeated")
    return {name: getattr(outlook, name) for name in names if getattr(outlook, name)}


def test_the_same_person_twice_counts_once_and_the_lines_are_told(importer: Make) -> None:
    text = HEADER + HAFEN + "Nord;N;n@nord.example;;\n" + "HAFEN it;H. Hafen;Hanna@Hafen.example;;\n" + HAFEN
    found = foreseen(importer(PARTNERS), text)
    assert counts(found) == {"new": 2, "repeated": 2}
    assert found.repeats == [(4, 2), (5, 2)]
    assert found.repeats_in_words == "line 4 with line 2, line 5 with line 2"


def test_another_person_of_the_same_company_joins_it(importer: Make) -> None:
    found = foreseen(importer(PARTNERS), HEADER + HAFEN + "Hafen IT;Otto;otto@hafen.example;;\n")
    assert counts(found) == {"new": 1, "joining": 1}
    assert found.joins == [(3, 2)]


def test_companies_of_one_name_with_different_references_are_two(importer: Make) -> None:
    text = HEADER + "Müller;A;a@m.example;K1;\nMüller;B;b@m.example;K2;\nMüller;C;c@m.example;K1;\n"
    found = foreseen(importer(PARTNERS), text)
    assert counts(found) == {"new": 2, "joining": 1}
    assert found.joins == [(4, 2)]


def test_who_is_known_is_not_new(importer: Make, vendor: Vendor) -> None:
    there = importer(PARTNERS)
    there.load(HEADER + HAFEN + "Nord;N;n@nord.example;;\nSüd;S;s@sued.example;;\nWest;W;w@west.example;;\n")
    text = (
        HEADER
        + HAFEN  # nothing new
        + "Nord;N;n@nord.example;K-7;\n"  # a reference
        + "Süd;S;s@sued.example;;Hafen IT\n"  # a sponsor
        + "West;Wanda;wanda@west.example;;\n"  # a contact
        + "Ost;O;o@ost.example;;\n"
        + HAFEN
    )
    found = foreseen(there, text)
    assert counts(found) == {"new": 1, "changing": 3, "unchanged": 1, "repeated": 1}
    assert found.repeats == [(7, 2)]
    assert Partner.objects.of(vendor).count() == 4


@pytest.mark.parametrize("chunk", [1, 2, 2000])
def test_what_is_foreseen_is_what_loading_does(importer: Make, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(outlooks, "CHUNK", chunk)
    there = importer(PARTNERS)
    there.load(HEADER + HAFEN + "Nord;N;n@nord.example;K1;\nNord;M;m@nord.example;K2;\n")
    text = (
        HEADER
        + "Nord;N;n@nord.example;K3;\nNord;M;m@nord.example;K2;Hafen IT\nNord;M;m@nord.example;;\n"
        + "Hafen IT;Otto;otto@hafen.example;K9;\nHafen neu;Otto;otto@hafen.example;K9;\n"
        + "Neu;A;a@neu.example;;Nord\nNeu;A;a@neu.example;K10;\nNeu;B;b@neu.example;K10;\nNEU;A;a@neu.example;;\n"
        + HAFEN
    )
    found = foreseen(there, text)
    loaded = there.load(text)
    assert loaded.new == found.new
    assert loaded.further == found.changing + found.joining
    assert loaded.unchanged == found.unchanged + found.repeated
    assert counts(foreseen(there, text)).keys() <= {"unchanged", "repeated"}


def test_an_empty_vertical_that_is_filled_is_foreseen(importer: Make) -> None:
    there, header = importer(PARTNERS), HEADER.replace("Empfohlen von", "Branche")
    there.load(HEADER + HAFEN)
    text = header + "Hafen IT;Hanna;hanna@hafen.example;;Zahnärzte\nHafen IT;Hanna;hanna@hafen.example;;Recht\n"
    assert counts(foreseen(there, text)) == {"changing": 1, "repeated": 1}
    there.load(text)
    assert counts(foreseen(there, text)) == {"unchanged": 1, "repeated": 1}


def test_bad_rows_are_not_foreseen(importer: Make) -> None:
    text = HEADER + "Hafen IT;Hanna;hanna@hafen.example;;Niemand\n" + HAFEN
    assert counts(foreseen(importer(PARTNERS), text)) == {"new": 1}


def test_only_the_first_pairs_are_told_and_all_are_counted(importer: Make) -> None:
    found = foreseen(importer(PARTNERS), HEADER + HAFEN * 30)
    assert counts(found) == {"new": 1, "repeated": 29}
    assert len(found.repeats) == outlooks.KEPT
    assert found.repeats_in_words.endswith(" …")


def test_orders_that_are_known_are_not_new(importer: Make) -> None:
    header = "Kundennummer;Datum;Bestellnummer\n"
    there = importer(ORDERS)
    there.load(header + "7;2026-01-31;\n7;2026-01-31;\n8;2026-01-31;B-1\n")
    text = header + "7;2026-01-31;\n" * 3 + "8;2026-01-31;B-1\n8;2026-02-01;B-2\n8;2026-02-01;B-2\n"
    found = foreseen(there, text)
    assert counts(found) == {"new": 2, "unchanged": 3, "repeated": 1}
    assert found.repeats == [(7, 6)]
    assert there.load(text).new == 2


def test_orders_of_a_partners_customers_are_known_by_partner(importer: Make) -> None:
    importer(PARTNERS).load(HEADER + HAFEN + "Nord;N;n@nord.example;;\n")
    header = "Kundennummer;Datum;Bestellnummer;Händler\n"
    there = importer(ORDERS)
    there.load(header + "7;2026-01-31;B-1;Hafen IT\n")
    found = foreseen(there, header + "7;2026-01-31;B-1;Hafen IT\n7;2026-01-31;B-1;Nord\n")
    assert counts(found) == {"new": 1, "unchanged": 1}


@pytest.mark.parametrize("kind", [PARTNERS, ORDERS])
def test_more_rows_ask_nothing_more_of_the_database(importer: Make, kind: object) -> None:
    there = importer(kind)

    def queries(count: int) -> int:
        if kind is PARTNERS:
            text = HEADER + "".join(f"Firma {at};N;n{at}@x.example;K{at};Firma 0\n" for at in range(1, count))
            text += "Firma 0;N;n0@x.example;K0;\n"
        else:
            text = "Kundennummer;Datum\n" + "".join(f"{at};2026-01-31\n" for at in range(count))
        file = there.understand(text)
        with CaptureQueriesContext(connection) as captured:
            foresee(file, without=file.survey().bad_lines)
        return len(captured)

    assert queries(3) == queries(300)
