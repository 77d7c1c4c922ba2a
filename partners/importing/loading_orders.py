"""The good rows of a file of orders, written in chunks.

Without a column for the partner the customers are the vendor's direct partners: an unknown one becomes an accepted
partner with the customer's number as its reference. With it, a customer belongs to that partner.

An order is known by its number, and several rows of one number add up. Without one it is known by what the row says
and by how many rows of the file said the same before: several equal orders of one day all count. The same file twice
changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from partners import auditing
from partners.importing.checking import quoted
from partners.importing.chunks import chunked
from partners.importing.loading_partners import Loaded, Run
from partners.importing.naming import partners_meant
from partners.importing.order_items import summed
from partners.importing.order_references import References
from partners.importing.order_rows import OrderRow
from partners.importing.reading import Unreadable
from partners.inserting import insert
from partners.models import Activity, Customer, Order, Partner
from partners.models.partner import company_key
from partners.ordering import Placed, record_orders
from partners.recording import record_activities
from partners.registering import take_turns
from partners.signals import partners_changed

CHUNK: Final = 5000


def load_orders(rows: Iterable[OrderRow], run: Run) -> Iterator[Loaded]:
    """Load rows in chunks, each in a transaction of its own; says after each what it did."""
    references = References()
    for chunk in chunked(summed(rows), CHUNK):
        with transaction.atomic():
            take_turns(run.vendor)
            loaded = ChunkOfOrders(chunk, run, references).load()
        yield loaded


class ChunkOfOrders:
    """Some rows on their way into the database; lives as long as one transaction."""

    def __init__(self, rows: Sequence[OrderRow], run: Run, references: References) -> None:
        self.rows = rows
        self.run = run
        self.references = references
        self.new_partners: list[int] = []

    def load(self) -> Loaded:
        partners = self._partners()
        customers = self._customers(partners)
        placed = list(self._orders(partners, customers))
        known = Order.objects.of(self.run.vendor).filter(reference__in={order.reference for order in placed})
        there = set(known.values_list("reference", flat=True))
        orders = {order.reference: order for order in placed if order.reference not in there}
        record_orders(list(orders.values()), vendor=self.run.vendor, now=self.run.now)
        self._tell(orders.values())
        return Loaded(
            rows=sum(row.rows for row in self.rows),
            new=len(orders),
            further=len(self.new_partners),
            unchanged=sum(row.rows for row, order in zip(self.rows, placed, strict=True) if order.reference in there),
        )

    def _partners(self) -> dict[tuple[str, str], int]:
        """(partner as written, customer) to partner."""
        if not any(row.partner for row in self.rows):
            direct = self._direct_partners()
            return {("", row.customer_id): direct[row.customer_id] for row in self.rows}
        known = partners_meant(self.run.vendor, {row.partner for row in self.rows})
        gone = next((row.partner for row in self.rows if row.partner and row.partner not in known), None)
        if gone is not None:  # it was there when the file was looked through
            told = _("No partner is called %(value)s any more. Correct the file and upload it again.")
            raise Unreadable(told % {"value": quoted(gone)})
        return {(row.partner, row.customer_id): known[row.partner] for row in self.rows if row.partner in known}

    def _direct_partners(self) -> dict[str, int]:
        names: dict[str, str] = {}
        for row in self.rows:
            names[row.customer_id] = names.get(row.customer_id) or row.customer_name
        partners = Partner.objects.of(self.run.vendor)
        known = dict(partners.filter(reference__in=list(names)).values_list("reference", "pk"))
        known |= self._adopt({key: name for key, name in names.items() if name and key not in known})
        new = {key: name or key for key, name in names.items() if key not in known}
        rows = [(company, company_key(company), reference) for reference, company in new.items()]
        run = self.run
        same = {
            "vendor_id": run.vendor.pk,
            "manager_id": run.manager.pk,
            "state": Partner.State.ACCEPTED,
            "signed_at": run.now,
            "accepted_at": run.now,  # by nobody: a customer of the vendor's own comes with the orders
        }
        self.new_partners = insert(Partner, ("company", "company_key", "reference"), rows, same=same)
        return known | dict(zip(new, self.new_partners, strict=True))

    def _adopt(self, names: dict[str, str]) -> dict[str, int]:
        """Partners of these companies that have no reference yet get the customer's number."""
        wanted = {company_key(name): key for key, name in names.items()}
        partners = Partner.objects.of(self.run.vendor).filter(company_key__in=list(wanted), reference="")
        adopted: dict[str, Partner] = {}
        for partner in partners.order_by("pk"):
            adopted.setdefault(wanted[partner.company_key], partner)
        for key, partner in adopted.items():
            partner.reference = key
        Partner.objects.bulk_update(adopted.values(), ["reference"], batch_size=500)
        return {key: partner.pk for key, partner in adopted.items()}

    def _customers(self, partners: dict[tuple[str, str], int]) -> dict[tuple[int, str], int]:
        """(partner, customer's number) to customer, for rows that name a partner."""
        wanted: dict[tuple[int, str], str] = {}  # with the customer's name, from the first row that says it
        for row in self.rows:
            if row.partner:
                key = partners[row.partner, row.customer_id], row.customer_id
                wanted[key] = wanted.get(key) or row.customer_name
        if not wanted:
            return {}
        there = Customer.objects.of(self.run.vendor).filter(
            partner__in={partner for partner, _ in wanted}, reference__in={reference for _, reference in wanted}
        )
        known = {(partner, ref): pk for partner, ref, pk in there.values_list("partner_id", "reference", "pk")}
        new = [(*key, name) for key, name in wanted.items() if key not in known]
        same = {"vendor_id": self.run.vendor.pk, "created_at": self.run.now}
        keys = insert(Customer, ("partner_id", "reference", "name"), new, same=same)
        return known | {(partner, reference): pk for (partner, reference, _), pk in zip(new, keys, strict=True)}

    def _orders(self, partners: dict[tuple[str, str], int], customers: dict[tuple[int, str], int]) -> Iterator[Placed]:
        for row in self.rows:
            partner = partners[row.partner, row.customer_id]
            yield Placed(
                partner_id=partner,
                customer_id=customers.get((partner, row.customer_id)) if row.partner else None,
                reference=self.references.of(row, partner=partner),
                ordered_on=row.ordered_on,
                quantity=row.quantity,
                amount=row.amount,
            )

    def _tell(self, orders: Collection[Placed]) -> None:
        run = self.run
        record_activities(
            partner_ids=self.new_partners,
            kind=Activity.Kind.ACCEPTED,
            side=Activity.Side.SYSTEM,
            now=run.now,
            came_with="orders",
        )
        touched = sorted({order.partner_id for order in orders})
        if touched:
            counts = {"orders": len(orders), "partners": len(self.new_partners)}
            auditing.record(
                vendor=run.vendor, action="orders.imported", subject=run.source, by=run.by, now=run.now, **counts
            )
            partners_changed.send(sender=Partner, vendor=run.vendor, partner_ids=touched, now=run.now)
