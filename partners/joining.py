"""Who joins a partner's people, does something else there, is the one the playbook talks to, or leaves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.editing import ContactThereAlready
from partners.inviting import revoke
from partners.linking import link_partners
from partners.models import Contact, Partner, User
from partners.registering import take_turns
from partners.signals import partners_changed, people_changed

CHANGED_BY_HAND: Final = ("name", "phone", "role")


class TalkedTo(Exception):
    """The playbook talks to this person: somebody else has to take their place first."""

    message = _("The playbook talks to this person. Let it talk to somebody else first.")


class LeftMeanwhile(Exception):
    """Somebody wrote down that this person left, after the page was opened."""

    message = _("This person has left the partner meanwhile. Add them anew should they be back.")


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
def change(*, contact: Contact, changes: Mapping[str, str], by: User, now: datetime) -> bool:
    """Correct the name and number, and what they do there; says whether anything differs.

    ``changes`` holds values by field, and only of what is to be another. Raises ``LeftMeanwhile``.
    """
    _lock(contact)
    if contact.left_at is not None:
        raise LeftMeanwhile
    wanted = {field: changes[field] for field in CHANGED_BY_HAND if field in changes}
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
def talk_to(*, contact: Contact, by: User, now: datetime) -> bool:
    """From now on the playbook talks to them; says whether it talked to somebody else. Raises ``LeftMeanwhile``."""
    _lock(contact)
    if contact.left_at is not None:
        raise LeftMeanwhile
    if contact.is_primary:
        return False
    before = contact.partner.contacts.filter(is_primary=True).first()
    if before is not None:  # first, for there is one at a time
        before.is_primary = False
        before.save(update_fields=["is_primary"])
    contact.is_primary = True
    contact.save(update_fields=["is_primary"])
    _tell(contact.partner, "contact.talked_to", contact, by=by, now=now, before=before.pk if before else None)
    return True


@transaction.atomic
def leave(*, contact: Contact, by: User, now: datetime) -> None:
    """They work there no longer: nothing more is sent to them, and their links and sign-in end here.

    Raises ``TalkedTo``.
    """
    _lock(contact)
    if contact.is_primary:
        raise TalkedTo
    if contact.left_at is not None:
        return
    contact.left_at = now
    contact.save(update_fields=["left_at"])
    for invitation in contact.invitations.open(now=now).select_related("vendor"):
        revoke(invitation=invitation, by=by, now=now)
    _tell(contact.partner, "contact.left", contact, by=by, now=now)


def _lock(contact: Contact) -> None:
    """What is known of them as it is now, and nobody else writes to it meanwhile."""
    take_turns(contact.partner.vendor)
    contact.refresh_from_db(fields=[*CHANGED_BY_HAND, "is_primary", "left_at"])


def _tell(partner: Partner, action: str, contact: Contact, *, by: User, now: datetime, **data: object) -> None:
    vendor = partner.vendor
    auditing.record(vendor=vendor, action=action, subject=contact, by=by, now=now, partner=partner.pk, **data)
    partners_changed.send(sender=Partner, vendor=vendor, partner_ids=[partner.pk], now=now)
    people_changed.send(sender=Partner, partner=partner, by=by, now=now)
