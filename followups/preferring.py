"""How much somebody wants to be reminded of, by kind: chosen behind the link at the end of every mail."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from followups.models import Touch, Wish
from followups.unsubscribing import Mailbox
from partners.models import Contact, Member, Partner

ALL = ""
To = Touch.To


def kinds_for(mailbox: Mailbox) -> list[str]:
    """In which parts this address may be written to by the vendor: as a partner, as a sponsor, as a manager."""
    at = Contact.objects.of(mailbox.vendor).filter(email=mailbox.address)
    brought_somebody = Partner.objects.of(mailbox.vendor).filter(sponsor__in=at.values("partner"))
    is_member = Member.objects.of(mailbox.vendor).filter(user__email=mailbox.address)
    parts = [(To.PARTNER, at), (To.SPONSOR, brought_somebody), (To.MANAGER, is_member)]
    return [to.value for to, rows in parts if rows.exists()]


def wishes_of(mailbox: Mailbox) -> dict[str, str]:
    """The chosen amount by kind; a kind that is not there is wanted as it comes."""
    rows = Wish.objects.filter(vendor=mailbox.vendor, address=mailbox.address)
    return dict(rows.values_list("about", "amount"))


@transaction.atomic
def choose(*, mailbox: Mailbox, amounts: Mapping[str, str], now: datetime) -> None:
    """Keep what was chosen, by kind: an amount, or ``ALL``. Kinds that are not named stay as they are."""
    for about, amount in amounts.items():
        rows = Wish.objects.filter(vendor=mailbox.vendor, address=mailbox.address, about=about)
        if amount == ALL:
            rows.delete()
        else:
            Wish.objects.update_or_create(
                vendor=mailbox.vendor,
                address=mailbox.address,
                about=about,
                defaults={"amount": amount, "changed_at": now},
            )
