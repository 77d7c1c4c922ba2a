"""What loading a file would do, looked up beforehand: what is new, what is known, and what stands in it twice."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from partners.importing.chunks import chunked
from partners.importing.matching import Candidate, KnownPartners
from partners.importing.naming import partners_meant
from partners.importing.order_references import References
from partners.importing.order_rows import OrderRow
from partners.importing.partner_rows import PartnerRow
from partners.models import Order, Partner, Vendor

CHUNK: Final = 2000
KEPT: Final = 10  # pairs of lines that are told; the others are only counted

Pair = tuple[int, int]  # a line, and the earlier one that says the same


@dataclass
class Outlook:
    """The good rows of a file, counted by what each would do."""

    new: int = 0  # a partner, or an order
    joining: int = 0  # a further contact of a company that an earlier row brings
    changing: int = 0  # known, and the row adds something
    unchanged: int = 0  # known, and the row adds nothing
    repeated: int = 0  # an earlier row says the same
    signed: int = 0  # partners among the known who wait for a yes, and whom starting the playbook would accept
    joins: list[Pair] = field(default_factory=list)
    repeats: list[Pair] = field(default_factory=list)

    def join(self, line: int, earlier: int) -> None:
        self.joining += 1
        self.joins += [(line, earlier)] if len(self.joins) < KEPT else []

    def repeat(self, line: int, earlier: int) -> None:
        self.repeated += 1
        self.repeats += [(line, earlier)] if len(self.repeats) < KEPT else []

    @property
    def changes(self) -> bool:
        """Whether loading the rows would write anything."""
        return bool(self.new or self.joining or self.changing)

    @property
    def joins_in_words(self) -> str:
        return in_words(self.joins, self.joining)

    @property
    def repeats_in_words(self) -> str:
        return in_words(self.repeats, self.repeated)


def in_words(pairs: Iterable[Pair], count: int) -> str:
    told = [_("line %(line)d with line %(earlier)d") % {"line": line, "earlier": first} for line, first in pairs]
    return ", ".join(told) + (" …" if count > len(told) else "")


def of_partners(rows: Iterable[PartnerRow], vendor: Vendor) -> Outlook:
    """By the rule that loading goes by, a chunk's partners looked up at once."""
    foreseen = PartnersForeseen(vendor)
    for chunk in chunked(rows, CHUNK):
        foreseen.take(chunk)
    return foreseen.outlook


class PartnersForeseen:
    """What is known after each row, had it been loaded. See ``loading_partners`` for the rule."""

    def __init__(self, vendor: Vendor) -> None:
        self.outlook = Outlook()
        self.known = KnownPartners(vendor)
        self.begun: dict[int, int] = {}  # id() of a partner that the file brings -> the line that brings it
        self.told: dict[tuple[int, str], int] = {}  # a partner and an address -> the first line that names both
        self.sponsored: set[int] = set()
        self.waiting: dict[int, Candidate] = {}  # known, and only signed

    def take(self, rows: list[PartnerRow]) -> None:
        self.known.learn(rows)
        for row in rows:
            self._take(row)

    def _take(self, row: PartnerRow) -> None:
        partner = self.known.find(row)
        if partner is None:
            partner = Candidate(None, row.company_key, row.reference, None, Partner.State.SIGNED)
            self.known.add(partner)
            self.begun[id(partner)] = row.line
            self._changes(partner, row)
            self.outlook.new += 1
        else:
            self._count(partner, row, changes=self._changes(partner, row))
            if (
                partner.state == Partner.State.SIGNED
                and id(partner) not in self.begun
                and id(partner) not in self.waiting
            ):
                self.waiting[id(partner)] = partner
                self.outlook.signed += 1
        self.told.setdefault((id(partner), row.contact_email), row.line)

    def _count(self, partner: Candidate, row: PartnerRow, *, changes: bool) -> None:
        earlier = self.told.get((id(partner), row.contact_email))
        if earlier is not None and not changes:
            self.outlook.repeat(row.line, earlier)
        elif id(partner) in self.begun:
            self.outlook.join(row.line, self.begun[id(partner)])
        elif changes:
            self.outlook.changing += 1
        else:
            self.outlook.unchanged += 1

    def _changes(self, partner: Candidate, row: PartnerRow) -> bool:
        """Note what the row adds to a partner; whether that is anything."""
        changes = False
        if row.reference and not partner.reference:
            self.known.give_reference(partner, row.reference)
            changes = True
        if row.sponsor and partner.sponsor_id is None and id(partner) not in self.sponsored:
            self.sponsored.add(id(partner))
            changes = True
        if row.vertical and not partner.vertical:
            partner.vertical = row.vertical
            changes = True
        if row.contact_email not in partner.people:
            partner.people.add(row.contact_email)
            changes = True
        return changes


def of_orders(rows: Iterable[OrderRow], vendor: Vendor) -> Outlook:
    """By the reference that loading gives each row, a chunk's orders looked up at once."""
    outlook, references, numbered = Outlook(), References(), dict[str, int]()
    for chunk in chunked(rows, CHUNK):
        partners = partners_meant(vendor, {row.partner for row in chunk if row.partner})
        named = [(row, references.of(row, partner=partners.get(row.partner, 0))) for row in chunk]
        known = Order.objects.of(vendor).filter(reference__in={reference for _, reference in named})
        there = set(known.values_list("reference", flat=True))
        for row, reference in named:
            earlier = numbered.setdefault(reference, row.line) if row.number else row.line
            if earlier != row.line:
                outlook.repeat(row.line, earlier)
            elif reference in there:
                outlook.unchanged += 1
            else:
                outlook.new += 1
    return outlook
