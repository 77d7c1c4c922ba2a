"""The good rows of a file of partners, written in chunks.

Who a partner is: the one with the row's reference; else the one of the same company (folded: case, accents and
spaces do not count), and where several partners have that name, the one with this contact. A known company with a new
e-mail address gets a further contact. A known partner is not changed, except that an empty reference and an empty
sponsor are filled, so that the same row twice changes nothing and an interrupted import can simply be run again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db import transaction

from partners import auditing
from partners.accepting import accept
from partners.importing.chunks import chunked
from partners.importing.matching import KnownPartners
from partners.importing.naming import name_key, partners_named
from partners.importing.partner_rows import PartnerRow
from partners.importing.sponsors import LinesOfSponsors, write_sponsors
from partners.models import Activity, Contact, Member, Partner, User, Vendor
from partners.recording import record_activities
from partners.registering import take_turns
from partners.signals import partners_changed

CHUNK: Final = 2000
CHUNK_WITH_PLAYBOOK: Final = 100  # starting a playbook writes many rows for each partner


@dataclass(slots=True)
class Loaded:
    """What was done with some rows; can be added up."""

    rows: int = 0
    new: int = 0  # partners, or orders
    further: int = 0  # rows that added something to a known partner; partners that orders brought along
    unchanged: int = 0
    started: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.rows + other.rows,
            self.new + other.new,
            self.further + other.further,
            self.unchanged + other.unchanged,
            self.started + other.started,
        )


@dataclass(slots=True)
class Run:
    """Who loads which file for which vendor; ``manager`` is responsible where a row names nobody."""

    vendor: Vendor
    manager: Member
    by: User
    now: datetime
    source: str
    start_playbook: bool = False


def load_partners(rows: Iterable[PartnerRow], run: Run) -> Iterator[Loaded]:
    """Load rows in chunks, each in a transaction of its own; says after each what it did."""
    waiting: list[tuple[Partner, str]] = []  # partners whose sponsor stands further down, with the sponsor's name
    for chunk in chunked(rows, CHUNK_WITH_PLAYBOOK if run.start_playbook else CHUNK):
        with transaction.atomic():
            take_turns(run.vendor)
            loading = ChunkOfPartners(chunk, run)
            loaded = loading.load()
        waiting += loading.waiting
        yield loaded
    for some in chunked(waiting, CHUNK):
        with transaction.atomic():
            link_sponsors(some, run)


class ChunkOfPartners:
    """Some rows on their way into the database; lives as long as one transaction."""

    def __init__(self, rows: Sequence[PartnerRow], run: Run) -> None:
        self.rows = rows
        self.run = run
        self.known = KnownPartners(run.vendor, rows)
        self.sponsors = partners_named(run.vendor, {name_key(row.sponsor) for row in rows if row.sponsor})
        self.fresh: list[Partner] = []
        self.filled: list[Partner] = []
        self.people: list[tuple[Partner, PartnerRow, bool]] = []
        self.waiting: list[tuple[Partner, str]] = []

    def load(self) -> Loaded:
        loaded = Loaded(rows=len(self.rows))
        partners = [self._take(row, loaded) for row in self.rows]
        Partner.objects.bulk_create(self.fresh)
        Partner.objects.bulk_update(self.filled, ["reference", "sponsor"], batch_size=500)
        people = [self._contact(partner, row, is_primary) for partner, row, is_primary in self.people]
        Contact.objects.bulk_create(people)
        self._tell({person.partner_id for person in people})
        if self.run.start_playbook:
            loaded.started = _start_playbooks(partners, self.run)
        return loaded

    def _take(self, row: PartnerRow, loaded: Loaded) -> Partner:
        """Note what one row adds."""
        partner = self.known.find(row)
        is_new = partner is None
        if partner is None:
            partner = self._new_partner(row)
        is_filled = self._fill(partner, row) and not is_new
        has_come = self._meet(partner, row)
        loaded.new += is_new
        loaded.further += not is_new and (is_filled or has_come)
        loaded.unchanged += not (is_new or is_filled or has_come)
        if is_filled:
            self.filled.append(partner)
        return partner

    def _new_partner(self, row: PartnerRow) -> Partner:
        partner = Partner(
            vendor_id=self.run.vendor.pk,
            company=row.company,
            company_key=row.company_key,
            reference=row.reference,
            country=row.country,
            time_zone=row.time_zone,
            language=row.language,
            size=row.size,
            phone=row.phone,
            manager_id=row.manager_id or self.run.manager.pk,
            signed_at=self.run.now,
        )
        self.fresh.append(partner)
        self.known.add(partner)
        return partner

    def _fill(self, partner: Partner, row: PartnerRow) -> bool:
        """Fill an empty reference and an empty sponsor; nothing else of a known partner is touched."""
        is_filled = False
        if row.reference and not partner.reference:
            self.known.give_reference(partner, row.reference)
            is_filled = True
        if row.sponsor and partner.sponsor_id is None:
            sponsor = self.sponsors.get(name_key(row.sponsor))
            if sponsor is None:
                self.waiting.append((partner, row.sponsor))
            elif partner._state.adding or self.lines.link(
                partner.pk, sponsor
            ):  # nobody was brought in by a new one yet
                partner.sponsor_id = sponsor
                is_filled = True
        return is_filled

    @cached_property
    def lines(self) -> LinesOfSponsors:
        return LinesOfSponsors(self.sponsors.values())

    def _meet(self, partner: Partner, row: PartnerRow) -> bool:
        """Add the row's contact where it is new; the first one is whom the playbook talks to."""
        if not self.known.meet(partner, row.contact_email):
            return False
        self.people.append((partner, row, self.known.claim_primary(partner)))
        return True

    def _contact(self, partner: Partner, row: PartnerRow, is_primary: bool) -> Contact:
        return Contact(
            partner_id=partner.pk,
            name=row.contact_name,
            email=row.contact_email,
            phone=row.phone,
            is_primary=is_primary,
            created_at=self.run.now,
        )

    def _tell(self, met: set[int]) -> None:
        """The logs, and the floors above, in the transaction of what they tell of."""
        run = self.run
        fresh = [partner.pk for partner in self.fresh]
        record_activities(
            partner_ids=fresh, kind=Activity.Kind.SIGNED, side=Activity.Side.VENDOR, by=run.by, now=run.now
        )
        touched = met.union(partner.pk for partner in (*self.fresh, *self.filled))
        if touched:
            counts = {"partners": len(self.fresh), "contacts": len(self.people)}
            auditing.record(
                vendor=run.vendor, action="partners.imported", subject=run.source, by=run.by, now=run.now, **counts
            )
            partners_changed.send(sender=Partner, vendor=run.vendor, partner_ids=sorted(touched), now=run.now)


def link_sponsors(waiting: Sequence[tuple[Partner, str]], run: Run) -> None:
    """Give partners the sponsors that stood further down in the file."""
    take_turns(run.vendor)
    known = partners_named(run.vendor, {name_key(name) for _, name in waiting})
    free = Partner.objects.of(run.vendor).filter(sponsor=None, pk__in=[partner.pk for partner, _ in waiting])
    without = set(free.values_list("pk", flat=True))
    lines = LinesOfSponsors(known.values())
    linked = {}
    for partner, name in waiting:
        sponsor = known.get(name_key(name))
        if sponsor and partner.pk in without and partner.pk not in linked and lines.link(partner.pk, sponsor):
            linked[partner.pk] = sponsor
    write_sponsors(linked)
    if linked:
        partners_changed.send(sender=Partner, vendor=run.vendor, partner_ids=sorted(linked), now=run.now)


def _start_playbooks(partners: Iterable[Partner], run: Run) -> int:
    """Accept those that only signed until now; says how many."""
    signed = {partner.pk: partner for partner in partners if partner.state == Partner.State.SIGNED}
    for partner in signed.values():
        accept(partner=partner, by=run.by, now=run.now)
    return len(signed)
