"""Addresses that are dead, or whose owner called a mail spam: nothing goes there any more, and somebody is told."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from followups.bell.leaving import in_every_language, leave_with_manager
from followups.calls.readdressing import ask_for_address, has_address, stopped_key
from followups.models import Suppression
from partners.isolating import isolated
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
    row, made = Suppression.objects.get_or_create(vendor=vendor, address=address, lifted_at=None, defaults=begun)
    if made:
        _tell_managers(row, now=now)
    return made


def _tell_managers(stopped: Suppression, *, now: datetime) -> None:
    """A note and a mail, for a dead address a task too: nothing more is sent, so somebody has to ask in another way."""
    reason, address = Reason(stopped.reason), stopped.address
    contacts = Contact.objects.filter(email=address, left_at=None)
    if stopped.vendor_id is not None:
        contacts = contacts.filter(partner__vendor=stopped.vendor_id)
    told = list(contacts.select_related("partner__vendor", "partner__manager__user")[:MOST_TOLD])
    if reason == Reason.BOUNCED:
        ask_for_address(told, now=now)
    for contact in told:
        _leave_note(contact, stopped, now=now)
        manager, home = contact.partner.manager, contact.partner.vendor
        if manager.left_at is None and manager.user.email != address:
            with translation.override(manager.user.language or home.language):
                _write(contact, reason).send()


def _leave_note(contact: Contact, stopped: Suppression, *, now: datetime) -> None:
    said = {
        "company": isolated(contact.partner.company),
        "person": isolated(contact.name),
        "address": contact.email,
    }

    def write() -> tuple[str, str]:
        if stopped.reason == Reason.BOUNCED:
            why = _("A mail server says there is no such address: %(address)s, of %(person)s.")
            what_next = _("Nothing more is sent there. Ask for the right one and write it onto their page.")
            return _("Mails to %(company)s come back") % said, f"{why % said} {what_next}"
        why = _("%(person)s (%(address)s) marked one of our mails as spam.")
        what_next = _("Nothing more is sent there. Ask in person what would help.")
        return _("%(company)s called a mail spam") % said, f"{why % said} {what_next}"

    key = f"{stopped_key(contact)}{stopped.pk}"
    leave_with_manager(partner=contact.partner, texts=in_every_language(write), key=key, now=now)


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
