"""One row of a file of partners, and what shows when all of them are seen together."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from partners.countries import language_of, time_zone_of
from partners.importing import values
from partners.importing.checking import Findings, WrongCell, quoted
from partners.importing.columns import PARTNERS
from partners.importing.mapping import Mapping
from partners.importing.naming import partners_named
from partners.importing.reading import Table
from partners.importing.row_files import RowFile
from partners.importing.sponsors import Naming, SponsorsInFile
from partners.models import Member, Vendor
from partners.models.partner import company_key


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
    language_is_guessed: bool
    size: str
    vertical: str
    sponsor: str
    manager_id: int | None
    reference: str
    phone: str


class PartnerFile(RowFile[PartnerRow]):
    """A table read as partners."""

    kind = PARTNERS

    def __init__(self, *, table: Table, mapping: Mapping, vendor: Vendor) -> None:
        super().__init__(table=table, mapping=mapping, vendor=vendor)
        self._managers = _leaders(vendor)

    def comparison(self) -> "PartnersTogether":
        return PartnersTogether(self.vendor, names_sponsors="sponsor" in self.mapping)

    def read(self, line: int, findings: Findings) -> PartnerRow:
        company = findings.need("company")
        name = _contact_name(findings)
        email = findings.need("contact_email") and findings.read("contact_email", values.email, "")
        country = findings.read("country", values.country, "")
        own_language = findings.read("language", values.language, "")
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
            language=own_language or language_of(country),
            language_is_guessed=not own_language,
            size=findings.read("size", values.size, ""),
            vertical=findings.cells.get("vertical", ""),
            sponsor=sponsor,
            manager_id=self._manager(findings),
            reference=findings.cells.get("reference", ""),
            phone=findings.read("phone", values.phone, ""),
        )

    def _manager(self, findings: Findings) -> int | None:
        text = findings.cells.get("manager", "")
        found = self._managers.get(text.casefold())
        if text and found is None:
            reason = _("%(value)s is no colleague of yours who leads partners. Write their e-mail address.")
            findings.wrong.append(WrongCell("manager", reason % {"value": quoted(text)}))
        return found


class PartnersTogether:
    """Sponsors stand in other rows, or are partners already; where they do neither, their rows are bad."""

    def __init__(self, vendor: Vendor, *, names_sponsors: bool) -> None:
        self.vendor = vendor
        self.names_sponsors = names_sponsors
        self.sponsors = SponsorsInFile()

    def add(self, row: PartnerRow) -> None:
        if self.names_sponsors:
            self.sponsors.add(row.line, Naming(row.company_key, row.contact_email, row.reference, row.sponsor))

    def problems(self) -> Iterator[tuple[int, WrongCell]]:
        reason = _("No partner is called %(value)s, neither yours nor in a good row of this file.")
        circle = _("The sponsors run in a circle: %(value)s was brought in, directly or not, by this partner.")
        known = partners_named(self.vendor, self.sponsors.names)
        for line, text in self.sponsors.in_circles(self.vendor, known=known):
            yield line, WrongCell("sponsor", circle % {"value": quoted(text)})
        for line, text in self.sponsors.lost(known=known):
            yield line, WrongCell("sponsor", reason % {"value": quoted(text)})


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
