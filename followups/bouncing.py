"""Addresses that are dead, or whose owner called a mail spam: nothing goes there any more, and somebody is told."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from followups.calls.readdressing import ask_for_address, has_address
from followups.models import Suppression
from partners.models import Contact, Vendor

Reason = Suppression.Reason
MOST_TOLD = 20  # one address at more partners than that is nobody's task


@transaction.atomic
def suppress_bounced(*, address: str, now: datetime, happened_at: datetime | None = None) -> bool:
    """A dead address is dead for every vendor. Says whether that is new; twice does nothing twice.

    A report from before the address was brought back to life (``happened_at``) says nothing about it now.
    """
    return _suppress(None, address.strip().lower(), Reason.BOUNCED, now=now, happened_at=happened_at or now)


@transaction.atomic
def suppress_complained(
    *, address: str, vendor: Vendor | None, now: datetime, happened_at: datetime | None = None
) -> bool:
    """Somebody called a mail spam: of this vendor, or of any where it is not known whose. Says whether that is new."""
    address = address.strip().lower()
    # Who had unsubscribed could take that back; a complaint nobody takes back with a link.
    asked = Suppression.objects.filter(vendor=vendor, address=address, lifted_at=None, reason=Reason.UNSUBSCRIBED)
    asked.update(reason=Reason.COMPLAINED)
    return _suppress(vendor, address, Reason.COMPLAINED, now=now, happened_at=happened_at or now)


def _suppress(
    vendor: Vendor | None, address: str, reason: Suppression.Reason, *, now: datetime, happened_at: datetime
) -> bool:
    of_it = Suppression.objects.filter(vendor=vendor, address=address)
    if of_it.filter(lifted_at__gt=happened_at).exists():
        return False
    begun = {"reason": reason, "created_at": now}
    _row, made = Suppression.objects.get_or_create(vendor=vendor, address=address, lifted_at=None, defaults=begun)
    if made:
        _tell_managers(vendor, address, reason, now=now)
    return made


def _tell_managers(vendor: Vendor | None, address: str, reason: Suppression.Reason, *, now: datetime) -> None:
    """A task for whoever leads the partner: nothing more is sent, so somebody has to ask in another way."""
    contacts = Contact.objects.filter(email=address, left_at=None)
    if vendor is not None:
        contacts = contacts.filter(partner__vendor=vendor)
    told = list(contacts.select_related("partner__vendor", "partner__manager__user")[:MOST_TOLD])
    if reason == Reason.BOUNCED:
        ask_for_address(told, now=now)
    for contact in told:
        manager, home = contact.partner.manager, contact.partner.vendor
        if manager.left_at is None and manager.user.email != address:
            with translation.override(manager.user.language or home.language):
                _write(contact, reason).send()


def _write(contact: Contact, reason: Suppression.Reason) -> EmailMessage:
    partner = contact.partner
    path = reverse("desk-partner", args=[partner.vendor.slug, partner.pk])
    context = {
        "contact": contact,
        "partner": partner,
        "is_dead": reason == Reason.BOUNCED,
        "url": f"{settings.BASE_URL}{path}",
    }
    words = _("Mails to %(company)s come back") if reason == Reason.BOUNCED else _("%(company)s called a mail spam")
    return EmailMessage(
        subject=words % {"company": partner.company},
        body=render_to_string("followups/mails/address_stopped.txt", context),
        to=[partner.manager.user.email],
    )


def lift_bounce(*, address: str, now: datetime) -> bool:
    """Write there again; an unsubscription or a complaint stays. Says whether there was anything to lift."""
    address = address.strip().lower()
    in_force = Suppression.objects.filter(address=address, lifted_at=None)
    has_address(contacts=Contact.objects.filter(email=address), now=now)
    return bool(in_force.filter(reason=Reason.BOUNCED).update(lifted_at=now))
