"""How a partner comes to be, one at a time; files come in through the bulk imports."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import Activity, Contact, Member, Partner, User, Vendor
from partners.places import validate_time_zone
from partners.recording import record_activity
from partners.signals import partners_changed


class OtherVendors(Exception):
    """The manager, deputy or sponsor belongs to another vendor, or does not lead partners."""

    message = _("Choose a manager and a sponsor of your own programme.")


class PartnerDetails(TypedDict, total=False):
    """What may be known of a partner from the start."""

    reference: str
    country: str
    time_zone: str
    language: str
    size: str
    phone: str
    sponsor: Partner | None
    deputy: Member | None


@transaction.atomic
def register_partner(
    *,
    vendor: Vendor,
    company: str,
    contact_name: str,
    contact_email: str,
    manager: Member,
    by: User | None,
    now: datetime,
    **details: Unpack[PartnerDetails],
) -> Partner:
    """A signed partner with its primary contact and the one person responsible for it.

    Raises ``OtherVendors``, and ``ValidationError`` for a time zone that is none.
    """
    if details.get("time_zone"):
        validate_time_zone(details["time_zone"])
    _refuse_strangers(vendor, manager, details)
    partner = Partner.objects.create(vendor=vendor, company=company, manager=manager, signed_at=now, **details)
    Contact.objects.create(
        partner=partner,
        name=contact_name,
        email=contact_email.strip().lower(),
        phone=details.get("phone", ""),
        is_primary=True,
        created_at=now,
    )
    record_activity(partner=partner, kind=Activity.Kind.SIGNED, side=Activity.Side.VENDOR, by=by, now=now)
    auditing.record(vendor=vendor, action="partner.registered", subject=partner, by=by, now=now)
    partners_changed.send(sender=Partner, vendor=vendor, partner_ids=[partner.pk], now=now)
    return partner


def _refuse_strangers(vendor: Vendor, manager: Member, details: PartnerDetails) -> None:
    leads = manager.may_act and manager.left_at is None
    others = [other for other in (manager, details.get("sponsor"), details.get("deputy")) if other is not None]
    if not leads or any(other.vendor_id != vendor.pk for other in others):
        raise OtherVendors
