"""One login for everything: contacts of one verified address, at any number of vendors, belong to one user.

This is the only place that links a contact to a user by e-mail address. An address that nobody has verified
never links: else whoever typed a reseller's address first would read that reseller's pages.
"""

from collections.abc import Collection, Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_logged_in
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest

from partners.models import Contact, Partner, User
from partners.signals import partner_accepted


def link_contacts(*, user: User) -> int:
    """Link every contact that has one of the user's verified addresses and no login yet; says how many."""
    verified = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    addresses = [address.lower() for address in verified]
    linked = Contact.objects.filter(email__in=addresses, user=None, left_at=None).update(user=user)
    if linked:
        _adopt_zone(user)
    return linked


def _adopt_zone(user: User) -> None:
    """Times on a person's own pages are those of where they work, until they choose otherwise."""
    contact = Contact.objects.of_user(user).select_related("partner__vendor").order_by("created_at").first()
    if contact is not None and not user.time_zone:
        user.time_zone = contact.zone_name
        user.save(update_fields=["time_zone"])


def link_partners(*, partner_ids: Collection[int]) -> int:
    """Link these partners' contacts to the users who have verified these addresses before; says how many."""
    verified = EmailAddress.objects.filter(email=OuterRef("email"), verified=True).order_by("pk")
    free = Contact.objects.filter(Exists(verified), partner__in=partner_ids, user=None, left_at=None)
    return free.update(user=Subquery(verified.values("user")[:1]))


@transaction.atomic
def open_account(*, email: str) -> User | None:
    """An account for whoever is a contact and has none yet, so that they can sign in by a mailed code.

    It has no password and its address counts as unverified until the code from the mail was typed; only then are
    contacts linked. None for an address that is no contact's, or that has an account.
    """
    email = email.strip().lower()
    contact = Contact.objects.filter(email=email, left_at=None).order_by("-created_at").first()
    if contact is None or User.objects.filter(email=email).exists():
        return None
    user = User.objects.create_user(email, name=contact.name, language=contact.language)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    return user


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    user_logged_in.connect(_on_sign_in, dispatch_uid="link_contacts")
    email_confirmed.connect(_on_email_confirmed, dispatch_uid="link_contacts")
    partner_accepted.connect(_on_partner_accepted, dispatch_uid="link_contacts")


def _on_sign_in(*, request: HttpRequest, user: User, **_: Any) -> None:
    link_contacts(user=user)


def _on_email_confirmed(*, request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    link_contacts(user=email_address.user)


def _on_partner_accepted(*, partners: Sequence[Partner], **_: Any) -> None:
    link_partners(partner_ids=[partner.pk for partner in partners])
