"""Who wants nothing, none of a kind, or fewer: addresses that are suppressed, and what people chose, in one query."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Value

from followups.models import Suppression, Wish

MailboxKey = tuple[int | None, str]  # vendor, address in lower case
EVERYTHING = ""
NOTHING = (EVERYTHING, Wish.Amount.NONE.value)


@dataclass(frozen=True, slots=True)
class Wishes:
    """(vendor, address in lower case, about, amount); a suppression is about everything, and may be of all vendors."""

    known: frozenset[tuple[int | None, str, str, str]] = frozenset()

    def want_nothing(self, mailbox: MailboxKey) -> bool:
        """Unsubscribed, dead, or marked as spam."""
        vendor, address = mailbox
        return (vendor, address, *NOTHING) in self.known or (None, address, *NOTHING) in self.known

    def want_none(self, mailbox: MailboxKey, about: str) -> bool:
        return (*mailbox, about, Wish.Amount.NONE.value) in self.known

    def want_fewer(self, mailbox: MailboxKey, about: str) -> bool:
        return (*mailbox, about, Wish.Amount.FEWER.value) in self.known


def wishes_among(addresses: Collection[str]) -> Wishes:
    """What is known of these addresses, however they are written; one query."""
    lowered = {address.lower() for address in addresses}
    stopped = Suppression.objects.filter(address__among=lowered, lifted_at=None)
    stops = stopped.values_list("vendor_id", "address", *map(Value, NOTHING))
    chosen = Wish.objects.filter(address__among=lowered).values_list("vendor_id", "address", "about", "amount")
    return Wishes(frozenset(stops.union(chosen, all=True)))
