"""Founding a vendor: a new tenant with its first owner."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import Member, User, Vendor
from partners.places import validate_time_zone
from partners.signals import vendor_created


class AddressTaken(Exception):
    """Another vendor has this address already."""

    message = _("Another company uses this address. Choose a different one.")


@transaction.atomic
def create_vendor(
    *, name: str, slug: str, owner: User, country: str, language: str, time_zone: str, now: datetime
) -> Vendor:
    """A vendor with ``owner`` as its first member, and with whatever the floors above give a new tenant.

    Raises ``AddressTaken``, and ``ValidationError`` for a time zone that is none.
    """
    validate_time_zone(time_zone)
    if Vendor.objects.filter(slug=slug).exists():
        raise AddressTaken
    vendor = Vendor.objects.create(
        name=name,
        slug=slug,
        country=country,
        language=language,
        time_zone=time_zone,
        asks_confidence=True,
        created_at=now,
    )
    Member.objects.create(vendor=vendor, user=owner, role=Member.Role.OWNER, joined_at=now)
    auditing.record(vendor=vendor, action="vendor.created", subject=vendor, by=owner, now=now)
    vendor_created.send(sender=Vendor, vendor=vendor, now=now)
    return vendor
