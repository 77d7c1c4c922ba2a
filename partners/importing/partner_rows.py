"""One row of a file of partners, and the look through the whole file before anything is loaded."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from partners.countries import time_zone_of
from partners.importing import values
from partners.importing.checking import (
    Findings,
    Problem,
    Survey,
    WrongCell,
    cells_of,
    check_shape,
    column_name,
    in_words,
    quoted,
)
from partners.importing.columns import PARTNERS
from partners.importing.mapping import Mapping, require
from partners.importing.naming import partners_named
from partners.importing.reading import Row, Table
from partners.importing.sponsors import SponsorsInFile
from partners.models import Member, Vendor
from partners.models.partner import company_key

SAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A good row. ``sponsor`` is a company or an e-mail address, not looked up yet."""

    line: int
    company: str
    company_key: str
    contact_name: str
    contact_email: str
    country: str
    time_zone: str
    time_zone_is_guessed: bool
    language: str
    size: str
    sponsor: str
    manager_id: int | None
    reference: str
    phone: str


class PartnerFile:
    """A table read as partners of ``vendor``."""

    kind = PARTNERS

    def __init__(self, *, table: Table, mapping: Mapping, vendor: Vendor) -> None:
        """Raises ``Unreadable`` where a required column is missing."""
        require(PARTNERS, mapping, table)
        self.table = table
        self.mapping = mapping
        self.vendor = vendor
        self._managers = _leaders(vendor)

    def good_rows(self, *, without: set[int]) -> Iterator[PartnerRow]:
        """The rows that can be loaded, leaving out the lines in ``without``."""
        for row in self.table.rows():
            if row.line not in without:
                found, problems = self.check(row)
                if found and not problems:
                    yield found

    def survey(self, *, keep: int = 500) -> Survey[PartnerRow]:
        """Look through the whole file: how many rows are good, and what is wrong with the others."""
        survey: Survey[PartnerRow] = Survey(keep=keep)
        sponsors = SponsorsInFile()
        for row in self.table.rows():
            survey.rows += 1
            found, problems = self.check(row)
            survey.add(problems)
            if found and not problems:
                if "sponsor" in self.mapping:
                    sponsors.add(
                        found.line, company=found.company_key, email=found.contact_email, sponsor=found.sponsor
                    )
                if len(survey.samples) < SAMPLES:
                    survey.samples.append(found)
        survey.add(self._without_sponsor(sponsors))
        survey.problems.sort(key=lambda problem: problem.line)
        return survey

    def _without_sponsor(self, sponsors: SponsorsInFile) -> list[Problem]:
        name = column_name("sponsor", self.table, self.mapping, PARTNERS)
        reason = _("No partner is called %(value)s, neither yours nor in a good row of this file.")
        circle = _("The sponsors run in a circle: %(value)s was brought in, directly or not, by this partner.")
        known = partners_named(self.vendor, sponsors.names)
        round_about = [Problem(line, name, circle % {"value": quoted(text)}) for line, text in sponsors.in_circles()]
        lost = sponsors.lost(known=known)
        return round_about + [Problem(line, name, reason % {"value": quoted(text)}) for line, text in lost]

    def check(self, row: Row) -> tuple[PartnerRow | None, list[Problem]]:
        """The row as a partner, and what is wrong with it."""
        cells = cells_of(row, self.mapping)
        wrong = check_shape(row, cells, PARTNERS, len(self.table.header))
        if wrong:
            return None, in_words(row, wrong, self.table, self.mapping, PARTNERS)
        findings = Findings(cells)
        found = self._read(row.line, findings)
        return found, in_words(row, findings.wrong, self.table, self.mapping, PARTNERS)

    def _read(self, line: int, findings: Findings) -> PartnerRow:
        company = findings.need("company")
        name = _contact_name(findings)
        email = findings.need("contact_email") and findings.read("contact_email", values.email, "")
        country = findings.read("country", values.country, "")
        own_zone = findings.read("time_zone", values.time_zone, "")
        sponsor = findings.cells.get("sponsor", "")
        if sponsor and (company_key(sponsor) == company_key(company) or sponsor.lower() == email):
            findings.wrong.append(WrongCell("sponsor", _("A partner cannot be its own sponsor.")))
        return PartnerRow(
            line=line,
            company=company,
            company_key=company_key(company),
            contact_name=name,
            contact_email=email,
            country=country,
            time_zone=own_zone or time_zone_of(country),
            time_zone_is_guessed=not own_zone,
            language=findings.read("language", values.language, ""),
            size=findings.read("size", values.size, ""),
            sponsor=sponsor,
            manager_id=self._manager(findings),
            reference=findings.cells.get("reference", ""),
            phone=findings.cells.get("phone", ""),
        )

    def _manager(self, findings: Findings) -> int | None:
        text = findings.cells.get("manager", "")
        found = self._managers.get(text.casefold())
        if text and found is None:
            reason = _("%(value)s is no colleague of yours who leads partners. Write their e-mail address.")
            findings.wrong.append(WrongCell("manager", reason % {"value": quoted(text)}))
        return found


def _contact_name(findings: Findings) -> str:
    parts = [findings.cells.get(key, "") for key in ("first_name", "last_name")]
    whole = findings.cells.get("contact_name", "") or " ".join(part for part in parts if part)
    if not whole:
        key = "contact_name" if "contact_name" in findings.cells else "last_name"
        findings.wrong.append(WrongCell(key, _("It is empty, and is needed.")))
    return whole[:150]


def _leaders(vendor: Vendor) -> dict[str, int]:
    """Members who lead, by address; and by name, as many exports write it, where only one is called so."""
    members = list(Member.objects.of(vendor).who_lead().select_related("user"))
    names = Counter(member.user.name.casefold() for member in members)
    by_name = {name: member.pk for member in members if names[name := member.user.name.casefold()] == 1 and name}
    return by_name | {member.user.email.casefold(): member.pk for member in members}
