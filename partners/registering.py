"""How a partner comes to be, one at a time; files come in through the bulk imports."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.countries import language_of, time_zone_of
from partners.models import Activity, Contact, Member, Partner, User, Vendor
from partners.models.partner import company_key
from partners.places import validate_time_zone
from partners.recording import record_activity
from partners.signals import partners_changed
from partners.staffing import leads_at


class OtherVendors(Exception):
    """The manager, deputy or sponsor belongs to another vendor, or does not lead partners."""

    message = _("Choose a manager and a sponsor of your own programme.")


class AlreadyRegistered(Exception):
    """This company with this contact is a partner already; ``partner`` says which."""

    def __init__(self, partner: Partner) -> None:
        super().__init__(partner)
        self.partner = partner
        self.message = gettext("%(company)s with this contact is your partner already.") % {"company": partner.company}


class PartnerDetails(TypedDict, total=False):
    """What may be known of a partner from the start."""

    reference: str
    country: str
    time_zone: str
    language: str
    size: str
    vertical: str
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

    Without a time zone or a language the country's is taken. Raises ``OtherVendors``, ``AlreadyRegistered``, and
    ``ValidationError`` for a time zone that is none.
    """
    if details.get("time_zone"):
        validate_time_zone(details["time_zone"])
    elif details.get("country"):
        details["time_zone"] = time_zone_of(details["country"])
    if not details.get("language") and details.get("country"):
        details["language"] = language_of(details["country"])
    take_turns(vendor)
    _refuse_strangers(vendor, manager, details)
    _refuse_twice(vendor, company, contact_email)
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


def take_turns(vendor: Vendor) -> None:
    """Inside a transaction: who adds partners of one vendor, or gives them to somebody, waits for whoever does."""
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)


def _refuse_twice(vendor: Vendor, company: str, contact_email: str) -> None:
    namesakes = Partner.objects.of(vendor).filter(company_key=company_key(company))
    same = namesakes.filter(contacts__email=contact_email.strip().lower()).first()
    if same:
        raise AlreadyRegistered(same)


def _refuse_strangers(vendor: Vendor, manager: Member, details: PartnerDetails) -> None:
    others = [other for other in (details.get("sponsor"), details.get("deputy")) if other is not None]
    if not leads_at(vendor, manager) or any(other.vendor_id != vendor.pk for other in others):
        raise OtherVendors
