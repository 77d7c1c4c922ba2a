"""Who a row means. See ``loading_partners`` for the rule."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from partners.models import Contact, Partner, Vendor

MATCHED_BY = ("pk", "company_key", "reference", "sponsor_id", "state", "vertical")


class Meaning(Protocol):
    """What of a row says which partner it means."""

    @property
    def company_key(self) -> str: ...

    @property
    def reference(self) -> str: ...

    @property
    def contact_email(self) -> str: ...


@dataclass(slots=True, eq=False)
class Candidate:
    """A partner as far as rows are matched with it; one that this chunk adds has no key until it is written."""

    pk: int | None
    company_key: str
    reference: str
    sponsor_id: int | None
    state: str
    vertical: str = ""
    people: set[str] = field(default_factory=set)  # their addresses
    has_primary: bool = False


class KnownPartners:
    """The partners that rows may mean, with their contacts' addresses; grows as rows add partners."""

    def __init__(self, vendor: Vendor, rows: Sequence[Meaning] = ()) -> None:
        self.vendor = vendor
        self._by_reference: dict[str, Candidate] = {}
        self._by_company: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._keys: set[int] = set()
        if rows:
            self.learn(rows)

    def learn(self, rows: Sequence[Meaning]) -> None:
        """Look up whom these rows may mean; whoever is known already stays as earlier rows left them."""
        there = {pk: partner for pk, partner in _candidates(self.vendor, rows).items() if pk not in self._keys}
        self._keys.update(there)
        for partner in there.values():
            self.add(partner)
        contacts = Contact.objects.filter(partner__in=there).values_list("partner_id", "email", "is_primary")
        for partner_id, email, is_primary in contacts:
            there[partner_id].people.add(email)
            there[partner_id].has_primary |= is_primary

    def add(self, partner: Candidate) -> None:
        if partner.reference:
            self._by_reference[partner.reference] = partner
        self._by_company[partner.company_key].append(partner)

    def find(self, row: Meaning) -> Candidate | None:
        namesakes = self._by_company.get(row.company_key, [])
        if row.reference:
            without = (partner for partner in namesakes if not partner.reference)
            return self._by_reference.get(row.reference) or next(without, None)
        with_contact = (partner for partner in namesakes if row.contact_email in partner.people)
        return next(with_contact, None) or next(iter(namesakes), None)

    def give_reference(self, partner: Candidate, reference: str) -> None:
        partner.reference = reference
        self._by_reference[reference] = partner


def _candidates(vendor: Vendor, rows: Iterable[Meaning]) -> dict[int, Candidate]:
    """By key, in the order in which they came."""
    partners = Partner.objects.of(vendor)
    keys = {row.company_key for row in rows}
    references = {row.reference for row in rows} - {""}
    found = list(partners.filter(company_key__in=keys).values_list(*MATCHED_BY))
    if references:
        found += partners.filter(reference__in=references).values_list(*MATCHED_BY)
    return {pk: Candidate(pk, *rest) for pk, *rest in sorted(set(found))}
