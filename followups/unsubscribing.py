"""Stopping reminders, and wanting them again: by a signed link, without a login."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from followups.models import Suppression
from partners.models import Activity, Contact, Member, Vendor
from partners.recording import record_activity

SALT = "followups.unsubscribing"


class LinkAltered(Exception):
    """The link was not made here, or not all of it arrived."""


class Mailbox(NamedTuple):
    vendor: Vendor
    address: str  # in lower case


def unsubscribe_url(*, vendor: Vendor, address: str) -> str:
    """The absolute address at which ``address`` stops the reminders of ``vendor``; it never expires."""
    token = signing.dumps([vendor.pk, address.lower()], salt=SALT)
    return f"{settings.BASE_URL}{reverse('unsubscribe', args=[token])}"


def read_token(token: str) -> Mailbox:
    """Whose reminders the link stops. Raises ``LinkAltered``."""
    try:
        vendor_id, address = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise LinkAltered from error
    vendor = Vendor.objects.filter(pk=vendor_id).first()
    if vendor is None:
        raise LinkAltered
    return Mailbox(vendor, address)


def language_of(mailbox: Mailbox) -> str:
    """In which the mails to this address are: its contact's here, else its member's, else the vendor's own."""
    contacts = Contact.objects.of(mailbox.vendor).filter(email=mailbox.address).select_related("partner__vendor")
    contact = contacts.order_by("-is_primary", "pk").first()
    if contact is not None:
        return contact.language_code
    member = Member.objects.of(mailbox.vendor).filter(user__email=mailbox.address).select_related("user").first()
    return (member.user.language if member else "") or mailbox.vendor.language


def is_unsubscribed(mailbox: Mailbox) -> bool:
    return _in_force(mailbox).exists()


@transaction.atomic
def unsubscribe(*, mailbox: Mailbox, now: datetime) -> bool:
    """No reminder of this vendor goes to this address from now on. Says whether that is new."""
    _suppression, made = Suppression.objects.get_or_create(
        vendor=mailbox.vendor,
        address=mailbox.address,
        lifted_at=None,
        defaults={"reason": Suppression.Reason.UNSUBSCRIBED, "created_at": now},
    )
    if made:
        _record(mailbox, wanted=False, now=now)
    return made


@transaction.atomic
def resubscribe(*, mailbox: Mailbox, now: datetime) -> bool:
    """Take an unsubscription back; a bounce or a complaint stays. Says whether there was one."""
    lifted = _in_force(mailbox).update(lifted_at=now)
    if lifted:
        _record(mailbox, wanted=True, now=now)
    return bool(lifted)


def _in_force(mailbox: Mailbox) -> QuerySet[Suppression]:
    return Suppression.objects.filter(
        vendor=mailbox.vendor, address=mailbox.address, lifted_at=None, reason=Suppression.Reason.UNSUBSCRIBED
    )


def _record(mailbox: Mailbox, *, wanted: bool, now: datetime) -> None:
    """On the system's side: it is no step forward, so it must not end a silence."""
    for contact in Contact.objects.of(mailbox.vendor).filter(email__iexact=mailbox.address).select_related("partner"):
        record_activity(
            partner=contact.partner,
            kind=Activity.Kind.UNSUBSCRIBED,
            side=Activity.Side.SYSTEM,
            now=now,
            actor_name=contact.name,
            wanted_again=wanted,
        )
