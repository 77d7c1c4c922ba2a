"""Who joins a partner's people, does something else there, or leaves."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.editing import ContactThereAlready
from partners.inviting import revoke
from partners.linking import link_partners
from partners.models import Contact, Partner, User
from partners.registering import take_turns
from partners.signals import partners_changed, people_changed


class TalkedTo(Exception):
    """The playbook talks to this person: somebody else has to take their place first."""

    message = _("The playbook talks to this person. Write somebody else into their place first.")


@transaction.atomic
def join(*, partner: Partner, name: str, email: str, phone: str, role: str, by: User, now: datetime) -> Contact:
    """Write one more person down; who had left is back. Raises ``ContactThereAlready``."""
    take_turns(partner.vendor)
    email = email.strip().lower()
    contact = partner.contacts.filter(email=email).first() or Contact(partner=partner, email=email, created_at=now)
    if contact.pk and contact.left_at is None:
        raise ContactThereAlready
    contact.name, contact.phone, contact.role, contact.left_at = name, phone, Contact.Role(role), None
    contact.is_primary = not partner.contacts.filter(is_primary=True).exists()
    contact.save()
    link_partners(partner_ids=[partner.pk])
    _tell(partner, "contact.joined", contact, by=by, now=now, role=role)
    return contact


@transaction.atomic
def change(*, contact: Contact, name: str, phone: str, role: str, by: User, now: datetime) -> bool:
    """Correct the name and number, and what they do there; says whether anything differs."""
    take_turns(contact.partner.vendor)
    wanted = {"name": name, "phone": phone, "role": Contact.Role(role).value}
    changed = {field: [getattr(contact, field), value] for field, value in wanted.items()}
    changed = {field: both for field, both in changed.items() if both[0] != both[1]}
    if not changed:
        return False
    for field, (_before, after) in changed.items():
        setattr(contact, field, after)
    contact.save(update_fields=list(changed))
    _tell(contact.partner, "contact.changed", contact, by=by, now=now, changed=changed)
    return True


@transaction.atomic
def leave(*, contact: Contact, by: User, now: datetime) -> None:
    """They work there no longer: nothing more is sent to them, and their links and sign-in end here.

    Raises ``TalkedTo``.
    """
    take_turns(contact.partner.vendor)
    contact.refresh_from_db(fields=["is_primary", "left_at"])
    if contact.is_primary:
        raise TalkedTo
    if contact.left_at is not None:
        return
    contact.left_at = now
    contact.save(update_fields=["left_at"])
    for invitation in contact.invitations.open(now=now).select_related("vendor"):
        revoke(invitation=invitation, by=by, now=now)
    _tell(contact.partner, "contact.left", contact, by=by, now=now)


def _tell(partner: Partner, action: str, contact: Contact, *, by: User, now: datetime, **data: object) -> None:
    vendor = partner.vendor
    auditing.record(vendor=vendor, action=action, subject=contact, by=by, now=now, partner=partner.pk, **data)
    partners_changed.send(sender=Partner, vendor=vendor, partner_ids=[partner.pk], now=now)
    people_changed.send(sender=Partner, partner=partner, now=now)
