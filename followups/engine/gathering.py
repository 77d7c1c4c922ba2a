"""The facts that a batch of due follow-ups is judged by, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from followups.engine.cadences import Timing
from followups.engine.judging import WEEK, Facts, Mailbox, Rule, Sibling, address_of
from followups.models import FollowUp, Message, Suppression, Touch
from partners.models import Contact, Vendor

PENDING = (Message.State.READY, Message.State.CLAIMED, Message.State.SENDING)

TIMING = ("kind", "after_hours", "basis")
SIBLING = (
    *("contact_id", "member_id", "episode", "offset", "state", "due_at"),
    *("message__state", "message__finished_at"),
)
PENDING_FIELDS = ("vendor", "to_address", "key", "state")


def gather(followups: Sequence[FollowUp], *, now: datetime) -> Facts:
    vendor_ids = {followup.vendor_id for followup in followups}
    primaries = _primaries(followups)
    addresses = {address_of(followup) for followup in followups} | {contact.email for contact in primaries.values()}
    addresses |= {address.lower() for address in addresses}
    pending = _pending(vendor_ids, addresses)  # read first: what leaves meanwhile counts twice, and never not at all
    return Facts(
        vendors=Vendor.objects.in_bulk(vendor_ids),
        rules=_rules(vendor_ids),
        siblings=_siblings(followups),
        primaries=primaries,
        suppressed=suppressed_among(addresses),
        accepted=_accepted(vendor_ids, addresses, now=now),
        pending=pending,
    )


def suppressed_among(addresses: Collection[str]) -> frozenset[tuple[int | None, str]]:
    """(vendor, address) pairs that get nothing; without a vendor it holds for all."""
    lowered = {address.lower() for address in addresses}
    rows = Suppression.objects.filter(address__in=lowered, lifted_at=None).values_list("vendor_id", "address")
    return frozenset(rows)


def _rules(vendor_ids: Collection[int]) -> dict[int, list[Rule]]:
    found = defaultdict(list)
    active = Touch.objects.filter(cadence__vendor__in=vendor_ids, is_active=True)
    for vendor_id, to, kind, hours, basis in active.values_list("cadence__vendor_id", "to", *TIMING):
        found[vendor_id].append(Rule(to, Timing(kind, timedelta(hours=hours), basis == Touch.Basis.WORKING)))
    return found


def _siblings(followups: Sequence[FollowUp]) -> dict[int, list[Sibling]]:
    found = defaultdict(list)
    steps = {followup.progress_id for followup in followups if followup.progress_id is not None}
    for progress_id, *sibling in FollowUp.objects.filter(progress__in=steps).values_list("progress_id", *SIBLING):
        found[progress_id or 0].append(Sibling(*sibling))
    return found


def _primaries(followups: Sequence[FollowUp]) -> dict[int, Contact]:
    """Who is primary now where the contact that was planned for has left."""
    left = {one.contact.partner_id for one in followups if one.contact is not None and one.contact.left_at is not None}
    contacts = Contact.objects.filter(partner__in=left, is_primary=True, left_at=None).select_related("partner")
    return {contact.partner_id: contact for contact in contacts} if left else {}


def _accepted(
    vendor_ids: Collection[int], addresses: Collection[str], *, now: datetime
) -> dict[Mailbox, list[datetime]]:
    found: dict[Mailbox, list[datetime]] = defaultdict(list)
    rows = Message.objects.filter(
        vendor__in=vendor_ids,
        to_address__in=addresses,
        kind=Message.Kind.REMINDER,
        state=Message.State.ACCEPTED,
        finished_at__gt=now - WEEK,
    ).values_list("vendor_id", "to_address", "finished_at")
    for vendor_id, address, at in rows.order_by("finished_at"):
        if at is not None:
            found[vendor_id, address.lower()].append(at)
    return found


def _pending(vendor_ids: Collection[int], addresses: Collection[str]) -> dict[Mailbox, Message]:
    waiting = Q(kind=Message.Kind.REMINDER, state__in=PENDING)
    rows = Message.objects.filter(waiting, vendor__in=vendor_ids, to_address__in=addresses).only(*PENDING_FIELDS)
    return {(row.vendor_id, row.to_address.lower()): row for row in rows}
