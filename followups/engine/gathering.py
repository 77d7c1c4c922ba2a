"""The facts that a batch of due follow-ups is judged by, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from followups.engine.cadences import cadences_of
from followups.engine.facts import Colleague, Due, Facts, MailboxKey, Pending, Person, Sibling
from followups.engine.judging import WEEK
from followups.engine.levels import parts_of
from followups.engine.pausing import paused_among
from followups.engine.waiting import asked_by
from followups.engine.webhooks import webhooks_among
from followups.engine.wishes import wishes_among
from followups.models import FollowUp, Message, Touch
from partners.hours import Terms
from partners.models import Contact, Vendor
from partners.roles import people_with
from playbooks.models import Progress

# What a Due begins with, in the order of its fields.
KNOWN = (
    *("pk", "vendor_id", "progress_id", "kind", "episode", "contact_id", "member_id"),
    *("anchor_at", "offset", "time_zone", "policy_version", "due_at"),
    *("partner__state", "enrollment__state", "progress__state", "progress__turn", "progress__snoozed_until"),
    "progress__slot_at",
    *("enrollment_id", "enrollment__playbook_id", "partner_id", "channel", "reason"),
)
CONTACT = (
    *(
        "contact__partner_id",
        "contact__is_primary",
        "contact__email",
        "contact__left_at",
        "contact__language",
        "contact__partner__language",
    ),
    *("contact__time_zone", "contact__partner__time_zone", "contact__partner__country"),
)
MEMBER = ("member__user__email", "member__left_at", "member__user__language", "member__user__time_zone")
SIBLING = (
    *("kind", "channel", "contact_id", "member_id", "episode", "offset", "state", "due_at"),
    *("message__state", "message__finished_at"),
)
# Made once: finding out which columns and joins these names mean takes as long as reading a hundred rows.
DUES = FollowUp.objects.order_by("due_at", "pk").values_list(*KNOWN, *CONTACT, *MEMBER)
SIBLINGS = FollowUp.objects.values_list("progress_id", *SIBLING)


def read_due(pks: Collection[int]) -> list[Due]:
    """These follow-ups with what belongs to them, in the order in which they fell due."""
    return [_due(row) for row in DUES.filter(pk__among=pks)] if pks else []


def _due(row: Sequence[Any]) -> Due:
    known, row = row[: len(KNOWN)], row[len(KNOWN) :]
    contact, member = row[: len(CONTACT)], row[len(CONTACT) :]
    return Due(*(*known, contact[0], bool(contact[1]), _contact(*contact[2:]) or _member(*member)))


def _contact(email: str | None, left_at: datetime | None, *rest: str) -> Person | None:
    language, company_language, zone, company_zone, country = rest
    return Person(email, left_at, language or company_language, (zone, company_zone), country) if email else None


def _member(email: str | None, left_at: datetime | None, language: str, zone: str) -> Person | None:
    return Person(email, left_at, language, (zone,), "") if email else None


def gather(dues: Sequence[Due], *, now: datetime, further_roles: Collection[str] = ()) -> Facts:
    """``further_roles`` are named by touches that are not in force yet."""
    vendor_ids = {due.vendor_id for due in dues}
    primaries = _primaries(dues)
    cadences = cadences_of(vendor_ids)
    roles = _roles(dues)
    colleagues = _colleagues(dues, {*cadences.roles, *further_roles}, roles)
    people = [due.person for due in dues if due.person is not None] + [person for _, person in primaries.values()]
    asked = asked_by({due.progress_id for due in dues if due.progress_id is not None and due.is_to_answer})
    askers = {step: Colleague.of(contact) for step, contact in asked.items()}
    people += [colleague.person for there in (*colleagues.values(), askers.values()) for colleague in there]
    addresses = {address for person in people for address in (person.email, person.email.lower())}
    pending = waiting_for(vendor_ids, addresses)  # read first: what leaves meanwhile counts twice, and never not at all
    return Facts(
        vendors=_terms(vendor_ids),
        cadences=cadences,
        begun=begun_among(dues) if cadences.has_conditions else frozenset(),
        siblings=_siblings(dues),
        primaries=primaries,
        wishes=wishes_among(addresses),
        accepted=_accepted(vendor_ids, addresses, now=now),
        pending=pending,
        paused=paused_among(vendor_ids),
        parts=parts_of({due.progress_id for due in dues if due.progress_id and due.vendor_id in cadences.narrow}),
        roles=roles,
        colleagues=colleagues,
        askers=askers,
        webhooks=webhooks_among({due.vendor_id for due in dues if due.channel == Touch.Channel.WEBHOOK}),
    )


def _terms(vendor_ids: Collection[int]) -> dict[int, Terms]:
    found = map(Terms._make, Vendor.objects.filter(pk__among=vendor_ids).values_list(*Terms._fields))
    return {terms.pk: terms for terms in found}


def begun_among(dues: Sequence[Due]) -> frozenset[int]:
    """Enrollments in which a step is done."""
    enrollments = {due.enrollment_id for due in dues if due.enrollment_id is not None}
    done = Progress.objects.filter(enrollment__among=enrollments, state=Progress.State.DONE)
    return frozenset(done.values_list("enrollment_id", flat=True).distinct())


def _siblings(dues: Sequence[Due]) -> dict[int, list[Sibling]]:
    found = defaultdict(list)
    steps = {due.progress_id for due in dues if due.progress_id is not None}
    for row in SIBLINGS.filter(progress__among=steps):
        found[row[0] or 0].append(Sibling._make(row[1:]))
    return found


def _primaries(dues: Sequence[Due]) -> dict[int, tuple[int, Person]]:
    """Who is primary now where the contact that was planned for has left."""
    left = {due.company_id for due in dues if due.person is not None and due.person.left_at is not None}
    contacts = Contact.objects.filter(partner__among=left, is_primary=True, left_at=None).select_related("partner")
    return {contact.partner_id: (contact.pk, Person.of(contact)) for contact in contacts} if left else {}


def _roles(dues: Sequence[Due]) -> dict[int, str]:
    """The role at the partner that a step is for, by progress; those for anyone there are left out."""
    steps = {due.progress_id for due in dues if due.progress_id is not None and due.follows_role}
    found = Progress.objects.filter(pk__among=steps).exclude(step__role="")
    return dict(found.values_list("pk", "step__role"))


def _colleagues(dues: Sequence[Due], named: Collection[str], roles: Mapping[int, str]) -> dict[int, list[Colleague]]:
    """Who may be meant at partners with a step for a role, or with a touch that names one of the roles ``named``.

    And where somebody else than the primary contact was planned for, who need not be meant any more.
    """
    following = [due for due in dues if due.follows_role]
    partners = {due.partner_id for due in following if due.progress_id in roles or named or not due.is_primary}
    if not partners:
        return {}
    wanted = {*roles.values(), *named}
    return {
        partner: [Colleague.of(one) for one in there]
        for partner, there in people_with(partners, wanted, with_partner=True).items()
    }


def _accepted(
    vendor_ids: Collection[int], addresses: Collection[str], *, now: datetime
) -> dict[MailboxKey, list[datetime]]:
    found: dict[MailboxKey, list[datetime]] = defaultdict(list)
    rows = Message.objects.filter(
        vendor__among=vendor_ids,
        to_address__among=addresses,
        kind=Message.Kind.REMINDER,
        state=Message.State.ACCEPTED,
        finished_at__gt=now - WEEK,
    ).values_list("vendor_id", "to_address", "finished_at")
    for vendor_id, address, at in rows.order_by("finished_at"):
        if at is not None:
            found[vendor_id, address.lower()].append(at)
    return found


def waiting_for(vendor_ids: Collection[int], addresses: Collection[str]) -> dict[MailboxKey, Pending]:
    rows = Message.objects.filter(
        kind=Message.Kind.REMINDER, finished_at=None, vendor__among=vendor_ids, to_address__among=addresses
    )
    found = rows.values_list("vendor_id", "to_address", "key", "state")
    return {(vendor_id, address.lower()): Pending(key, state) for vendor_id, address, key, state in found}
