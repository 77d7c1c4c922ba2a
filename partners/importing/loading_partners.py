"""The good rows of a file of partners, written in chunks.

Who a partner is: the one with the row's reference; else the one of the same company (folded: case, accents and
spaces do not count), and where several partners have that name, the one with this contact. A known company with a new
e-mail address gets a further contact. A known partner is not changed, except that an empty reference, vertical and
sponsor are filled, so that the same row twice changes nothing and an interrupted import can simply be run again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db import transaction

from partners import auditing
from partners.accepting import accept_all
from partners.importing.chunks import chunked
from partners.importing.matching import Candidate, KnownPartners
from partners.importing.naming import name_key, partners_named
from partners.importing.partner_rows import PartnerRow
from partners.importing.sponsors import LinesOfSponsors, write_sponsors
from partners.inserting import insert
from partners.models import Activity, Contact, Member, Partner, User, Vendor
from partners.recording import record_activities
from partners.registering import take_turns
from partners.signals import partners_changed, profiles_changed

CHUNK: Final = 2000
PARTNER_COLUMNS: Final = (
    "company",
    "company_key",
    "reference",
    "country",
    "time_zone",
    "language",
    "size",
    "vertical",
    "phone",
    "manager_id",
    "sponsor_id",
)
CONTACT_COLUMNS: Final = ("partner_id", "name", "email", "phone", "is_primary")
CHUNK_WITH_PLAYBOOK: Final = 500  # starting a playbook writes some twenty rows for each partner


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
    waiting: list[tuple[Candidate, str]] = []  # partners whose sponsor stands further down, with the sponsor's name
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
        self.fresh: list[tuple[Candidate, PartnerRow]] = []
        self.filled: list[Candidate] = []
        self.placed: list[int] = []  # known, and now with a vertical
        self.people: list[tuple[Candidate, PartnerRow, bool]] = []
        self.waiting: list[tuple[Candidate, str]] = []

    def load(self) -> Loaded:
        loaded = Loaded(rows=len(self.rows))
        partners = [self._take(row, loaded) for row in self.rows]
        self._write_partners()
        self._write_people()
        self._tell()
        if self.run.start_playbook:
            loaded.started = _start_playbooks(partners, self.run)
        return loaded

    def _take(self, row: PartnerRow, loaded: Loaded) -> Candidate:
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

    def _new_partner(self, row: PartnerRow) -> Candidate:
        partner = Candidate(None, row.company_key, row.reference, None, Partner.State.SIGNED)
        self.fresh.append((partner, row))
        self.known.add(partner)
        return partner

    def _fill(self, partner: Candidate, row: PartnerRow) -> bool:
        """Fill an empty reference, vertical and sponsor; nothing else of a known partner is touched."""
        is_filled = False
        if row.vertical and not partner.vertical:
            partner.vertical = row.vertical
            is_filled = True
            if partner.pk is not None:
                self.placed.append(partner.pk)
        if row.reference and not partner.reference:
            self.known.give_reference(partner, row.reference)
            is_filled = True
        if row.sponsor and partner.sponsor_id is None:
            sponsor = self.sponsors.get(name_key(row.sponsor))
            if sponsor is None:
                self.waiting.append((partner, row.sponsor))
            elif partner.pk is None or self.lines.link(partner.pk, sponsor):  # nobody was brought in by a new one yet
                partner.sponsor_id = sponsor
                is_filled = True
        return is_filled

    @cached_property
    def lines(self) -> LinesOfSponsors:
        return LinesOfSponsors(self.sponsors.values())

    def _meet(self, partner: Candidate, row: PartnerRow) -> bool:
        """Add the row's contact where it is new; the first one is whom the playbook talks to."""
        if row.contact_email in partner.people:
            return False
        partner.people.add(row.contact_email)
        self.people.append((partner, row, not partner.has_primary))
        partner.has_primary = True
        return True

    def _write_partners(self) -> None:
        rows = [
            (
                row.company,
                row.company_key,
                partner.reference,
                row.country,
                row.time_zone,
                row.language,
                row.size,
                partner.vertical,
                row.phone,
                row.manager_id or self.run.manager.pk,
                partner.sponsor_id,
            )
            for partner, row in self.fresh
        ]
        same = {"vendor_id": self.run.vendor.pk, "signed_at": self.run.now}
        for (partner, _), pk in zip(self.fresh, insert(Partner, PARTNER_COLUMNS, rows, same=same), strict=True):
            partner.pk = pk
        changes = [
            Partner(pk=each.pk, reference=each.reference, sponsor_id=each.sponsor_id, vertical=each.vertical)
            for each in self.filled
        ]
        Partner.objects.bulk_update(changes, ["reference", "sponsor", "vertical"], batch_size=500)

    def _write_people(self) -> None:
        rows = [
            (partner.pk, row.contact_name, row.contact_email, row.phone, is_primary)
            for partner, row, is_primary in self.people
        ]
        insert(Contact, CONTACT_COLUMNS, rows, same={"created_at": self.run.now})

    def _tell(self) -> None:
        """The logs, and the floors above, in the transaction of what they tell of."""
        run = self.run
        fresh = _keys(partner for partner, _ in self.fresh)
        record_activities(
            partner_ids=fresh, kind=Activity.Kind.SIGNED, side=Activity.Side.VENDOR, by=run.by, now=run.now
        )
        touched = {*fresh, *_keys(self.filled), *_keys(partner for partner, _, _ in self.people)}
        if touched:
            counts = {"partners": len(self.fresh), "contacts": len(self.people)}
            auditing.record(
                vendor=run.vendor, action="partners.imported", subject=run.source, by=run.by, now=run.now, **counts
            )
            if self.placed:
                profiles_changed.send(sender=Partner, partner_ids=self.placed, now=run.now)
            partners_changed.send(sender=Partner, vendor=run.vendor, partner_ids=sorted(touched), now=run.now)


def _keys(partners: Iterable[Candidate]) -> list[int]:
    return [partner.pk for partner in partners if partner.pk is not None]


def link_sponsors(waiting: Sequence[tuple[Candidate, str]], run: Run) -> None:
    """Give partners the sponsors that stood further down in the file."""
    take_turns(run.vendor)
    known = partners_named(run.vendor, {name_key(name) for _, name in waiting})
    free = Partner.objects.of(run.vendor).filter(sponsor=None, pk__in=_keys(partner for partner, _ in waiting))
    without = set(free.values_list("pk", flat=True))
    lines = LinesOfSponsors(known.values())
    linked: dict[int, int] = {}
    for partner, name in waiting:
        pk, sponsor = partner.pk, known.get(name_key(name))
        if pk in without and pk not in linked and sponsor and lines.link(pk, sponsor):
            linked[pk] = sponsor
    write_sponsors(linked)
    if linked:
        partners_changed.send(sender=Partner, vendor=run.vendor, partner_ids=sorted(linked), now=run.now)


def _start_playbooks(partners: Iterable[Candidate], run: Run) -> int:
    """Accept those that only signed until now; says how many."""
    signed = set(_keys(partner for partner in partners if partner.state == Partner.State.SIGNED))
    return len(accept_all(vendor=run.vendor, partner_ids=signed, by=run.by, now=run.now))
