"""Partners from a file: what is wrong is said, what is right is loaded once."""

# ruff: noqa: E501 - the reasons stand here in full

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.importing import loading_partners
from partners.importing.columns import PARTNERS, Kind
from partners.importing.loading_partners import Loaded
from partners.models import Activity, AuditEntry, Contact, Member, Partner, Vendor
from partners.signals import partner_accepted, partners_changed, profiles_changed
from tests.partners.importing.conftest import Importer

HEADER = "Company;Contact;E-mail;Country;Time zone;Language;Size;Sponsor;Manager;Reference;Phone\n"
ONE = HEADER + "Hafen IT;Hanna Hafen;Hanna@Hafen.example;Deutschland;;de;12;;;K-1;+49 40 1\n"


@pytest.fixture
def partners(importer: Callable[[Kind], Importer]) -> Importer:
    return importer(PARTNERS)


@pytest.fixture
def changed() -> Iterator[list[int]]:
    told: list[int] = []

    def listen(*, partner_ids: list[int], **_: Any) -> None:
        told.extend(partner_ids)

    partners_changed.connect(listen)
    yield told
    partners_changed.disconnect(listen)


def companies(vendor: Vendor) -> list[str]:
    return list(Partner.objects.of(vendor).order_by("pk").values_list("company", flat=True))


def test_a_row_becomes_a_signed_partner(
    partners: Importer, vendor: Vendor, manager: Member, now: datetime, changed: list[int]
) -> None:
    assert partners.load(ONE) == Loaded(rows=1, new=1)
    partner = Partner.objects.of(vendor).get()
    assert (partner.company, partner.company_key, partner.reference) == ("Hafen IT", "hafen it", "K-1")
    assert (partner.country, partner.time_zone, partner.language) == ("DE", "Europe/Berlin", "de")
    assert (partner.size, partner.phone, partner.manager) == (Partner.Size.MEDIUM, "+49 40 1", manager)
    assert (partner.state, partner.signed_at) == (Partner.State.SIGNED, now)
    contact = partner.contacts.get()
    assert (contact.name, contact.email, contact.is_primary) == ("Hanna Hafen", "hanna@hafen.example", True)
    assert partner.activities.get().kind == Activity.Kind.SIGNED
    assert AuditEntry.objects.get(action="partners.imported").data == {"partners": 1, "contacts": 1}
    assert changed == [partner.pk]


def test_the_same_file_twice_changes_nothing(partners: Importer, vendor: Vendor, changed: list[int]) -> None:
    partners.load(ONE)
    before = list(Partner.objects.of(vendor).values()), list(Contact.objects.of(vendor).values())
    changed.clear()
    assert partners.load(ONE) == Loaded(rows=1, unchanged=1)
    assert (list(Partner.objects.of(vendor).values()), list(Contact.objects.of(vendor).values())) == before
    assert changed == []
    assert AuditEntry.objects.filter(action="partners.imported").count() == 1


def test_the_same_row_twice_in_a_file_is_one_partner(partners: Importer, vendor: Vendor) -> None:
    row = "Hafen IT;Hanna;hanna@hafen.example\n"
    text = "Company;Contact;E-mail\n" + row + row.replace("Hafen IT", "HAFEN  It") + row.replace("hanna@", "HANNA@")
    assert partners.load(text) == Loaded(rows=3, new=1, unchanged=2)
    assert companies(vendor) == ["Hafen IT"]


def test_a_second_person_of_a_known_company_is_added(partners: Importer, vendor: Vendor) -> None:
    partners.load(ONE)
    assert partners.load("Company;Contact;E-mail\nHafen IT;Hans;hans@hafen.example\n") == Loaded(rows=1, further=1)
    primary = dict(Contact.objects.of(vendor).values_list("email", "is_primary"))
    assert primary == {"hanna@hafen.example": True, "hans@hafen.example": False}


def test_two_companies_of_one_name_are_told_apart_by_reference(partners: Importer, vendor: Vendor) -> None:
    text = "Company;Contact;E-mail;Reference\nMüller;A;a@x.example;1\nMueller;B;b@x.example;2\nMüller;C;c@x.example;3\n"
    assert partners.load(text).new == 3
    assert partners.load(text) == Loaded(rows=3, unchanged=3)
    by_contact = "Company;Contact;E-mail\nMüller;C;c@x.example\n"
    assert partners.load(by_contact) == Loaded(rows=1, unchanged=1)


def test_an_empty_reference_is_filled_and_a_full_one_kept(partners: Importer, vendor: Vendor) -> None:
    partners.load("Company;Contact;E-mail\nHafen IT;Hanna Hafen;hanna@hafen.example\n")
    assert partners.load(ONE) == Loaded(rows=1, further=1)
    assert Partner.objects.of(vendor).get().reference == "K-1"
    assert partners.load(ONE.replace("K-1", "K-2")).new == 1


def test_an_empty_vertical_is_filled_and_a_full_one_kept(partners: Importer, vendor: Vendor) -> None:
    told: list[int] = []

    def listen(*, partner_ids: list[int], **_: Any) -> None:
        told.extend(partner_ids)

    partners.load(ONE)
    known = "Company;Contact;E-mail;Reference;Vertical\nHafen IT;Hanna;hanna@hafen.example;K-1;"
    profiles_changed.connect(listen)
    assert partners.load(f"{known}Dental practices\n") == Loaded(rows=1, further=1)
    assert partners.load(f"{known}Law\n") == Loaded(rows=1, unchanged=1)
    profiles_changed.disconnect(listen)
    partner = Partner.objects.of(vendor).get()
    assert (partner.vertical, told) == ("Dental practices", [partner.pk])


def test_a_sponsor_may_stand_anywhere_in_the_file(
    partners: Importer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading_partners, "CHUNK", 2)
    text = (
        "Company;Contact;E-mail;Sponsor\n"
        "Third;C;c@x.example;SECOND\n"
        "Second;B;b@x.example;a@x.example\n"
        "Fourth;D;d@x.example;Third\n"
        "First;A;a@x.example;\n"
    )
    assert partners.load(text).new == 4
    sponsors = dict(Partner.objects.of(vendor).values_list("company", "sponsor__company"))
    assert sponsors == {"First": None, "Second": "First", "Third": "Second", "Fourth": "Third"}
    assert partners.load(text) == Loaded(rows=4, unchanged=4)


def test_a_sponsor_that_was_set_by_hand_stays(partners: Importer, vendor: Vendor, manager: Member) -> None:
    text = "Company;Contact;E-mail;Sponsor\nA;A;a@x.example;\nB;B;b@x.example;\nC;C;c@x.example;A\n"
    partners.load(text)
    other = Partner.objects.of(vendor).get(company="B")
    Partner.objects.of(vendor).filter(company="C").update(sponsor=other)
    partners.load(text)
    assert Partner.objects.of(vendor).get(company="C").sponsor == other


def test_a_manager_is_named_by_address_or_name(partners: Importer, vendor: Vendor, owner: Member) -> None:
    text = "Company;Contact;E-mail;Manager\nA;A;a@x.example;OLGA@nordlicht.example\nB;B;b@x.example;olga\n"
    partners.load(text)
    assert set(Partner.objects.of(vendor).values_list("manager", flat=True)) == {owner.pk}


def test_the_language_is_the_countrys_unless_the_row_says_another(partners: Importer, vendor: Vendor) -> None:
    partners.load(
        "Company;Contact;E-mail;Country;Language\nA;A;a@x.example;Österreich;\nB;B;b@x.example;AT;English\n"
        "C;C;c@x.example;FR;\nD;D;d@x.example;;\n"
    )
    languages = Partner.objects.of(vendor).order_by("company").values_list("language", flat=True)
    assert list(languages) == ["de", "en", "en", ""]  # nothing is known of the last: the vendor's


def test_an_own_time_zone_beats_the_guess(partners: Importer, vendor: Vendor) -> None:
    partners.load("Company;Contact;E-mail;Country;Time zone\nA;A;a@x.example;US;America/Chicago\n")
    assert Partner.objects.of(vendor).get().time_zone == "America/Chicago"


def test_starting_the_playbook_accepts_each_partner_once(partners: Importer, vendor: Vendor) -> None:
    heard: list[Partner] = []

    def listen(*, partners: Sequence[Partner], **_: Any) -> None:
        heard.extend(partners)

    partner_accepted.connect(listen)
    try:
        assert partners.load(ONE, start_playbook=True).started == 1
        assert partners.load(ONE, start_playbook=True).started == 0
    finally:
        partner_accepted.disconnect(listen)
    assert [partner.state for partner in heard] == [Partner.State.ACCEPTED]


def test_another_vendors_partners_are_neither_matched_nor_sponsors(
    partners: Importer, other_vendor: Vendor, stranger: Member, vendor: Vendor, now: datetime
) -> None:
    theirs = Partner.objects.create(
        vendor=other_vendor, company="Hafen IT", reference="K-1", manager=stranger, signed_at=now
    )
    assert partners.load(ONE).new == 1
    text = "Company;Contact;E-mail;Sponsor\nA;A;a@x.example;Elsewhere\n"
    Partner.objects.filter(pk=theirs.pk).update(company="Elsewhere", company_key="elsewhere")
    assert [problem.column for problem in partners.problems(text)] == ["Sponsor"]
    assert partners.load(text) == Loaded()


def test_when_telling_the_floors_above_fails_nothing_of_the_chunk_stays(partners: Importer, vendor: Vendor) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("above")

    partners_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError, match="above"):
            partners.load(ONE)
    finally:
        partners_changed.disconnect(fail)
    assert not Partner.objects.of(vendor).exists()
    assert not Contact.objects.of(vendor).exists()


def test_no_query_is_made_for_a_single_row(partners: Importer) -> None:
    def queries(count: int, name: str) -> int:
        rows = "".join(f"{name} {at};N;{name}{at}@x.example;DE;{name} 0\n" for at in range(count))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            partners.load("Company;Contact;E-mail;Country;Sponsor\n" + rows.replace(f";{name} 0\n", ";\n", 1))
        return len([q for q in captured.captured_queries if "INSERT" not in q["sql"]])

    assert queries(40, "a") == queries(20, "b")


BAD = [
    (";N;n@x.example", "Company", "It is empty, and is needed."),
    ("A;;n@x.example", "Contact", "It is empty, and is needed."),
    ("A;N;", "E-mail", "It is empty, and is needed."),
    ("A;N;nobody", "E-mail", "“nobody” is not an e-mail address."),
    ("A;N;n@x.example;Germoney", "Country", "“Germoney” is not a country we know. Write its name, or two letters such as DE."),
    ("A;N;n@x.example;;Berlin", "Time zone", "“Berlin” is not a time zone. Write one such as Europe/Berlin, or leave it empty."),
    ("A;N;n@x.example;;;Klingon", "Language", "“Klingon” is not a language of Firstline yet. Write English or German, or leave it empty."),
    ("A;N;n@x.example;;;;many", "Size", "“many” is not a size. Write the number of people, or a range such as 10-49."),
    ("A;N;n@x.example;;;;;Nobody", "Sponsor", "No partner is called “Nobody”, neither yours nor in a good row of this file."),
    ("A;N;n@x.example;;;;;a", "Sponsor", "A partner cannot be its own sponsor."),
    ("A;N;n@x.example;;;;;N@x.example", "Sponsor", "A partner cannot be its own sponsor."),
    ("A;N;n@x.example;;;;;;x@y.example", "Manager", "“x@y.example” is no colleague of yours who leads partners. Write their e-mail address."),
    (f"{'A' * 201};N;n@x.example", "Company", f"It has 201 letters, and at most 200 fit: “{'A' * 60}…”"),
    ("#N/A;N;n@x.example", "Company", "“#N/A” is an error of the spreadsheet, not a value."),
    ("A\x07;N;n@x.example", "Company", "It holds characters that are no text. Delete the cell and type it anew."),
    ("A;N;n@x.example;;;;;;;;;more", "", "It has more cells than there are column names. Is a delimiter inside a text?"),
    ('"A;N;n@x.example\nB;N;b@x.example', "", "A quotation mark opens here and is never closed, so the rest of the file is lost."),
]  # fmt: skip


@pytest.mark.parametrize(("row", "column", "reason"), BAD)
def test_a_bad_row_is_told_with_line_column_and_reason(
    partners: Importer, vendor: Vendor, row: str, column: str, reason: str
) -> None:
    text = HEADER + "Good;G;g@x.example\n" + row + "\n"
    assert [(p.line, p.column, p.reason) for p in partners.problems(text)] == [(3, column, reason)]
    partners.load(text)
    assert companies(vendor) == ["Good"]


def test_all_mistakes_of_a_row_are_told_at_once(partners: Importer) -> None:
    found = partners.problems(HEADER + ";;x;Y\n")
    assert [problem.column for problem in found] == ["Company", "Contact", "E-mail", "Country"]
    assert {problem.line for problem in found} == {2}


def test_who_names_a_lost_row_as_sponsor_is_lost_with_it(partners: Importer) -> None:
    text = (
        "Company;Contact;E-mail;Sponsor\n"
        "Third;C;c@x.example;Second\n"
        "Second;B;b@x.example;First\n"
        "First;A;no address;\n"
        "Alone;D;d@x.example;\n"
    )
    assert [(problem.line, problem.column) for problem in partners.problems(text)] == [
        (2, "Sponsor"),
        (3, "Sponsor"),
        (4, "E-mail"),
    ]


def test_line_breaks_inside_a_cell_become_spaces(partners: Importer, vendor: Vendor) -> None:
    partners.load('Company;Contact;E-mail\n"Müller\r\n  GmbH";"A\nB";a@x.example\n')
    assert companies(vendor) == ["Müller GmbH"]


def row(company: str, sponsor: str) -> str:
    return f"{company};Kim;kim@{company.lower()}.example;DE;;de;;{sponsor};;;\n"


def test_sponsors_in_a_circle_are_refused_and_so_is_whoever_needs_them(partners: Importer, vendor: Vendor) -> None:
    file = HEADER + row("A", "B") + row("B", "kim@c.example") + row("C", "A") + row("D", "C") + row("E", "")
    told = {problem.line: problem.reason for problem in partners.problems(file)}
    assert told[2] == "The sponsors run in a circle: “B” was brought in, directly or not, by this partner."
    assert (sorted(told), told[5][:30]) == ([2, 3, 4, 5], "No partner is called “C”, neit")


def test_a_file_closes_no_circle_among_known_partners(partners: Importer, vendor: Vendor) -> None:
    partners.load(HEADER + row("A", "") + row("B", "A"))
    partners.load(HEADER + row("A", "B"))
    assert dict(Partner.objects.of(vendor).values_list("company", "sponsor__company")) == {"A": None, "B": "A"}


def test_a_file_closes_no_wide_circle_either(partners: Importer, vendor: Vendor) -> None:
    partners.load(HEADER + row("A", "") + row("B", "A") + row("C", "B") + row("Top", ""))
    partners.load(HEADER + row("A", "C") + row("Top", "C"))
    sponsors = dict(Partner.objects.of(vendor).values_list("company", "sponsor__company"))
    assert sponsors == {"A": None, "B": "A", "C": "B", "Top": "C"}
