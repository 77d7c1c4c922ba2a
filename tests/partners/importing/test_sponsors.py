"""Sponsors that a file names: whoever is nobody, and whoever would come to stand above themselves, is told by line."""

from collections.abc import Callable

import pytest

from partners.importing.columns import PARTNERS
from partners.models import Partner, Vendor
from tests.partners.importing.conftest import Importer

Make = Callable[..., Importer]
HEADER = "Firma;Ansprechpartner;E-Mail;Kundennummer;Empfohlen von\n"
CIRCLE = "The sponsors run in a circle"
NOBODY = "No partner is called"


def row(company: str, sponsor: str = "", *, email: str = "", reference: str = "") -> str:
    return f"{company};N;{email or company.lower() + '@x.example'};{reference};{sponsor}\n"


def told(importer: Importer, *rows: str) -> dict[int, str]:
    """The beginning of what is said, by line."""
    problems = importer.problems(HEADER + "".join(rows))
    assert {problem.column for problem in problems} <= {"Empfohlen von"}
    return {problem.line: CIRCLE if problem.reason.startswith(CIRCLE) else problem.reason for problem in problems}


@pytest.fixture
def there(importer: Make) -> Importer:
    return importer(PARTNERS)


@pytest.fixture
def line(there: Importer) -> Importer:
    """Partners who are there already: Ast was brought in by Stamm, and Stamm by Wurzel."""
    there.load(HEADER + row("Wurzel") + row("Stamm", "Wurzel") + row("Ast", "Stamm"))
    return there


def test_two_who_brought_in_each_other(there: Importer) -> None:
    assert told(there, row("A", "B"), row("B", "A"), row("C", "A")) == {
        2: CIRCLE,
        3: CIRCLE,
        4: "No partner is called “A”, neither yours nor in a good row of this file.",
    }


def test_a_circle_that_the_file_closes_with_what_is_known(line: Importer, vendor: Vendor) -> None:
    assert told(line, row("Wurzel", "Ast")) == {2: CIRCLE}
    line.load(HEADER + row("Wurzel", "Ast"))
    assert Partner.objects.of(vendor).get(company="Wurzel").sponsor is None


def test_a_circle_through_a_new_partner_and_known_ones(line: Importer) -> None:
    assert told(line, row("Blatt", "Ast"), row("Wurzel", "Blatt"), row("Frei", "Ast")) == {2: CIRCLE, 3: CIRCLE}


def test_a_known_partner_is_meant_by_its_reference_too(there: Importer) -> None:
    there.load(HEADER + row("Wurzel", reference="K1") + row("Ast", "Wurzel"))
    assert told(there, row("Wurzelwerk", "Ast", reference="K1")) == {2: CIRCLE}


def test_the_address_of_ones_own_colleague_is_no_sponsor(line: Importer) -> None:
    assert told(line, row("Wurzel", "wurzel@x.example", email="otto@x.example")) == {2: CIRCLE}
    assert told(line, row("Neu", "otto@neu.example"), row("Neu", email="otto@neu.example")) == {2: CIRCLE}


def test_who_has_a_sponsor_keeps_it_so_that_nothing_is_closed(line: Importer, vendor: Vendor) -> None:
    assert told(line, row("Stamm", "Ast")) == {}
    line.load(HEADER + row("Stamm", "Ast"))
    assert Partner.objects.of(vendor).get(company="Stamm").sponsor == Partner.objects.of(vendor).get(company="Wurzel")


def test_who_is_nobody_is_told_with_those_who_hang_on_it(line: Importer) -> None:
    found = told(line, row("A", "Niemand"), row("B", "A"), row("C", "Ast"))
    assert found.keys() == {2, 3}
    assert all(reason.startswith(NOBODY) for reason in found.values())


def test_sponsors_further_down_and_further_up_are_fine(line: Importer, vendor: Vendor) -> None:
    rows = [row("A", "B"), row("B", "C"), row("C", "Ast"), row("Wurzel")]
    assert told(line, *rows) == {}
    line.load(HEADER + "".join(rows))
    above = Partner.objects.of(vendor).values_list("company", "sponsor__company")
    assert dict(above) == {"Wurzel": None, "Stamm": "Wurzel", "Ast": "Stamm", "A": "B", "B": "C", "C": "Ast"}


def test_no_sponsor_of_a_good_row_is_left_out(line: Importer, vendor: Vendor) -> None:
    rows = [row(f"P{at}", f"P{at + 1}") for at in range(20)] + [row("P20", "Ast")]
    line.load(HEADER + "".join(rows))
    assert Partner.objects.of(vendor).filter(sponsor=None).values_list("company").get() == ("Wurzel",)
