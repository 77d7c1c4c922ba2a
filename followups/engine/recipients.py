"""Who gets a touch: the partner's person, the sponsor's, or the manager, each with the zone they live in."""

from collections.abc import Collection
from typing import NamedTuple

from followups.models import Touch
from partners.hours import Hours, hours_in, zone_of_contact, zone_of_member
from partners.models import Contact, Member, Partner, Vendor
from partners.roles import contacts_for


class Recipient(NamedTuple):
    """Who gets a touch, and the zone they live in; exactly one of the two is set."""

    contact: Contact | None
    member: Member | None
    zone: str
    hours: Hours


def find_recipient(partner: Partner, to: str, role: str = "") -> Recipient | None:
    """The person that a touch ``to`` partner, sponsor or manager goes to; None where there is nobody.

    ``role`` chooses among the partner's own people.
    """
    return find_recipients([partner], to, role).get(partner.pk)


def find_recipients(partners: Collection[Partner], to: str, role: str = "") -> dict[int, Recipient]:
    """As ``find_recipient``, by partner; as many queries for a thousand as for one."""
    if to == Touch.To.MANAGER:
        return _managers(partners)
    if to == Touch.To.SPONSOR:
        sponsors = Partner.objects.in_bulk({partner.sponsor_id for partner in partners if partner.sponsor_id})
        meant = {partner.pk: sponsors[partner.sponsor_id] for partner in partners if partner.sponsor_id}
    else:
        meant = {partner.pk: partner for partner in partners}
    people = contacts_for({of.pk for of in meant.values()}, role)
    return {
        partner.pk: recipient_at(meant[partner.pk], people[meant[partner.pk].pk], vendor=partner.vendor)
        for partner in partners
        if partner.pk in meant and meant[partner.pk].pk in people
    }


def recipient_at(partner: Partner, contact: Contact, *, vendor: Vendor) -> Recipient:
    """This contact, who works at ``partner``."""
    zone = zone_of_contact(vendor, contact, partner)
    return Recipient(contact, None, zone, hours_in(zone, vendor=vendor, country=partner.country))


def _managers(partners: Collection[Partner]) -> dict[int, Recipient]:
    there = Member.objects.filter(left_at=None).select_related("user")
    members = there.in_bulk({partner.manager_id for partner in partners})
    return {
        partner.pk: _member(partner.vendor, members[partner.manager_id])
        for partner in partners
        if partner.manager_id in members
    }


def _member(vendor: Vendor, member: Member) -> Recipient:
    zone = zone_of_member(vendor, member)
    return Recipient(None, member, zone, hours_in(zone, vendor=vendor))
