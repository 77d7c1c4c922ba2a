"""A new address to ask for, where mails came back: a task until there is one."""

from collections.abc import Iterable
from datetime import datetime

from followups.bell.leaving import settle_left
from followups.models import Task
from partners.models import Contact


def ask_for_address(contacts: Iterable[Contact], *, now: datetime) -> None:
    """One task for each; who has an open one keeps it."""
    Task.objects.bulk_create(
        (
            Task(
                vendor_id=contact.partner.vendor_id,
                partner_id=contact.partner_id,
                contact=contact,
                kind=Task.Kind.ADDRESS,
                made_at=now,
                not_before=now,
            )
            for contact in contacts
        ),
        ignore_conflicts=True,
    )


def has_address(*, contacts: Iterable[Contact], now: datetime) -> None:
    """They have another address, or the old one works again."""
    people = list(contacts)
    asked = Task.objects.still_open().filter(kind=Task.Kind.ADDRESS, contact__in=people)
    asked.update(ended_at=now, ending=Task.End.DONE)
    for contact in people:
        settle_left(vendor_id=contact.partner.vendor_id, key_begins=stopped_key(contact), now=now)


def stopped_key(contact: Contact) -> str:
    """How the keys of notes begin that say of ``contact``: nothing is sent to this address any more."""
    return f"stopped:{contact.pk}:"
