"""Invitations: the secret is in the mail, its hash in the table; whoever holds it has read that mailbox.

The outbox keeps the mail's text until it has left, and clears it then.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import auditing
from partners.linking import link_contacts
from partners.models import Contact, Invitation, Member, User, Vendor

LASTS = timedelta(days=14)


class AlreadyThere(Exception):
    """Who is invited has what the invitation would give."""

    message = gettext_lazy("This person can sign in already.")


class InvitationUnknown(Exception):
    """No invitation has this secret."""


class InvitationUsed(Exception):
    """It was accepted before."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__()
        self.invitation = invitation


class InvitationRevoked(Exception):
    """It was taken back, or replaced by a newer one, or the person left."""


class InvitationExpired(Exception):
    """Its time is over."""


class SignedInAsSomeoneElse(Exception):
    """The invitation is for another address than the signed-in user's."""


@transaction.atomic
def invite_member(*, vendor: Vendor, email: str, role: str, by: User, now: datetime) -> Invitation:
    """Invite somebody to the vendor's staff; a newer invitation replaces the older one. Raises ``AlreadyThere``."""
    email = email.strip().lower()
    if Member.objects.of(vendor).filter(user__email=email).exists():
        raise AlreadyThere
    return _invite(vendor=vendor, email=email, role=Member.Role(role), contact=None, by=by, now=now)


@transaction.atomic
def invite_contact(*, contact: Contact, by: User, now: datetime) -> Invitation:
    """Invite a partner's contact to have a login. Raises ``AlreadyThere``."""
    if contact.user_id is not None:
        raise AlreadyThere
    vendor = contact.partner.vendor
    return _invite(vendor=vendor, email=contact.email, role="", contact=contact, by=by, now=now)


@transaction.atomic
def revoke(*, invitation: Invitation, by: User, now: datetime) -> None:
    """Take an invitation back; one that was used stays used."""
    if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=now):
        auditing.record(vendor=invitation.vendor, action="invitation.revoked", subject=invitation, by=by, now=now)


def find_invitation(token: str, *, now: datetime, lock: bool = False) -> Invitation:
    """The open invitation with this secret.

    Raises ``InvitationUnknown``, ``InvitationUsed``, ``InvitationRevoked`` or ``InvitationExpired``.
    """
    found = Invitation.objects.select_related("vendor", "contact", "contact__partner", "invited_by")
    if lock:
        found = found.select_for_update(of=("self",))
    invitation = found.filter(token_hash=_hash(token)).first()
    if invitation is None:
        raise InvitationUnknown
    if invitation.accepted_at is not None:
        raise InvitationUsed(invitation)
    if invitation.revoked_at is not None or not _still_meant(invitation):
        raise InvitationRevoked
    if invitation.expires_at <= now:
        raise InvitationExpired
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, now: datetime, name: str = "", signed_in: User | None = None) -> User:
    """Take up an invitation and return the user it belongs to, whose address is verified by having the secret.

    The user is made when there is none. Raises what ``find_invitation`` raises, and ``SignedInAsSomeoneElse``.
    """
    invitation = find_invitation(token, now=now, lock=True)
    if signed_in is not None and not is_for(invitation, signed_in):
        raise SignedInAsSomeoneElse
    user = _user_of(invitation, name=name)
    if invitation.contact is None:
        _join(invitation, user, now=now)
    link_contacts(user=user)
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    auditing.record(vendor=invitation.vendor, action="invitation.accepted", subject=invitation, by=user, now=now)
    return user


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether it is this user who has proved the invited address, or, if nobody has, who signs in with it."""
    return user == _holder(invitation.email)


def _invite(*, vendor: Vendor, email: str, role: str, contact: Contact | None, by: User, now: datetime) -> Invitation:
    older = Invitation.objects.of(vendor).open(now=now).filter(email=email, contact=contact)
    older.update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        vendor=vendor,
        email=email,
        role=role,
        contact=contact,
        token_hash=_hash(secret),
        invited_by=by,
        created_at=now,
        expires_at=now + LASTS,
    )
    auditing.record(vendor=vendor, action="invitation.sent", subject=invitation, by=by, now=now, role=role)
    _send(invitation, secret)
    return invitation


def _send(invitation: Invitation, secret: str) -> None:
    vendor = invitation.vendor
    language = invitation.contact.language_code if invitation.contact else vendor.language
    context: dict[str, Any] = {
        "invitation": invitation,
        "vendor": vendor,
        "url": settings.BASE_URL + reverse("invitation", args=[secret]),
        "days": LASTS.days,
    }
    with translation.override(language):
        subject = _("%(vendor)s invites you to Firstline") % {"vendor": vendor.name}
        body = render_to_string("partners/mails/invitation.txt", context)
    reply_to = [vendor.reply_to] if vendor.reply_to else None
    EmailMessage(subject, body, to=[invitation.email], reply_to=reply_to).send()


def _still_meant(invitation: Invitation) -> bool:
    contact = invitation.contact
    return contact is None or (contact.left_at is None and contact.email == invitation.email)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _holder(email: str) -> User | None:
    """Who has proved that the address is theirs; else who has only typed it."""
    proved = EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
    return proved.user if proved else User.objects.filter(email=email).first()


def _user_of(invitation: Invitation, *, name: str) -> User:
    user = _holder(invitation.email)
    if user is None:
        name = name or (invitation.contact.name if invitation.contact else "")
        user = User.objects.create_user(invitation.email, name=name)
    elif EmailAddress.objects.filter(user=user, email=invitation.email, verified=True).exists():
        return user
    else:
        # Somebody typed this address before and never proved it is theirs: their password must not open the door.
        user.set_unusable_password()
        user.save(update_fields=["password"])
    EmailAddress.objects.filter(user=user, primary=True).update(primary=False)
    EmailAddress.objects.update_or_create(
        user=user, email=invitation.email, defaults={"verified": True, "primary": True}
    )
    return user


def _join(invitation: Invitation, user: User, *, now: datetime) -> None:
    if Member.objects.of(invitation.vendor).filter(user=user).exists():
        return  # whoever works there keeps the role they have
    Member.objects.update_or_create(
        vendor=invitation.vendor,
        user=user,
        defaults={"role": invitation.role, "left_at": None},
        create_defaults={"role": invitation.role, "joined_at": now},
    )
