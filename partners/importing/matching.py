"""Who a row means. See ``loading_partners`` for the rule."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from partners.importing.partner_rows import PartnerRow
from partners.models import Contact, Partner, Vendor


class KnownPartners:
    """The partners that a chunk's rows may mean, with their contacts' addresses; grows as rows add partners."""

    def __init__(self, vendor: Vendor, rows: Sequence[PartnerRow]) -> None:
        self._by_reference: dict[str, Partner] = {}
        self._by_company: defaultdict[str, list[Partner]] = defaultdict(list)
        self._people: defaultdict[int, set[str]] = defaultdict(set)  # by id(), as new ones have no key yet
        self._with_primary: set[int] = set()
        there = _candidates(vendor, rows)
        for partner in there:
            self.add(partner)
        contacts = Contact.objects.filter(partner__in=there).values_list("partner_id", "email", "is_primary")
        objects = {partner.pk: partner for partner in there}
        for partner_id, email, is_primary in contacts:
            self._people[id(objects[partner_id])].add(email)
            if is_primary:
                self._with_primary.add(id(objects[partner_id]))

    def add(self, partner: Partner) -> None:
        if partner.reference:
            self._by_reference[partner.reference] = partner
        self._by_company[partner.company_key].append(partner)

    def find(self, row: PartnerRow) -> Partner | None:
        namesakes = self._by_company.get(row.company_key, [])
        if row.reference:
            without = (partner for partner in namesakes if not partner.reference)
            return self._by_reference.get(row.reference) or next(without, None)
        with_contact = (partner for partner in namesakes if row.contact_email in self._people[id(partner)])
        return next(with_contact, None) or next(iter(namesakes), None)

    def give_reference(self, partner: Partner, reference: str) -> None:
        partner.reference = reference
        self._by_reference[reference] = partner

    def meet(self, partner: Partner, email: str) -> bool:
        """Whether this person is new at the partner."""
        is_new = email not in self._people[id(partner)]
        self._people[id(partner)].add(email)
        return is_new

    def claim_primary(self, partner: Partner) -> bool:
        """Whether the partner had no primary contact until now."""
        is_first = id(partner) not in self._with_primary
        self._with_primary.add(id(partner))
        return is_first


def _candidates(vendor: Vendor, rows: Iterable[PartnerRow]) -> list[Partner]:
    partners = Partner.objects.of(vendor)
    keys = {row.company_key for row in rows}
    references = {row.reference for row in rows} - {""}
    found = {partner.pk: partner for partner in partners.filter(company_key__in=keys)}
    if references:
        for partner in partners.filter(reference__in=references):
            found.setdefault(partner.pk, partner)
    return [found[pk] for pk in sorted(found)]
