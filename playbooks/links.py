"""Links in mails that open one step without a password.

A link belongs to one contact, one step, and the address it was mailed to; it expires by the project's clock.
Opening it changes nothing, so a mail scanner that follows it does no harm; its page acts by POST.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from partners.models import Contact
from playbooks.models import Progress

SALT = "playbooks.links.step"
LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class StepLink:
    contact: Contact
    progress: Progress
    expires_at: datetime


class LinkInvalid(Exception):
    """The link was altered, or its contact left, changed address, or has nothing to do with the step."""


class LinkExpired(Exception):
    """The link is genuine and too old; ``link`` says whose it is, so that a fresh one can be mailed to them."""

    def __init__(self, link: StepLink) -> None:
        super().__init__("expired")
        self.link = link


def make_step_link(*, contact: Contact, progress: Progress, now: datetime) -> str:
    """The absolute address of ``progress`` for ``contact``, good for 14 days."""
    path = reverse("step-link", args=[make_token(contact=contact, progress=progress, now=now)])
    return f"{settings.BASE_URL}{path}"


def make_token(*, contact: Contact, progress: Progress, now: datetime) -> str:
    expires = int((now + LIFETIME).timestamp())
    return _signer().sign_object([contact.pk, progress.pk, _seal(contact.email), expires])


def open_step_link(token: str, *, now: datetime) -> StepLink:
    """Whose step the link opens. Raises ``LinkInvalid`` or ``LinkExpired``; changes nothing."""
    contact_id, progress_id, seal, expires = _content(token)
    progress = Progress.objects.with_texts().filter(pk=progress_id).first()
    contact = Contact.objects.select_related("user").filter(pk=contact_id, left_at=None).first()
    if progress is None or contact is None or contact.partner_id != progress.enrollment.partner_id:
        raise LinkInvalid
    if not constant_time_compare(seal, _seal(contact.email)):
        raise LinkInvalid
    contact.partner = progress.enrollment.partner
    link = StepLink(contact=contact, progress=progress, expires_at=datetime.fromtimestamp(expires, tz=UTC))
    if now >= link.expires_at:
        raise LinkExpired(link)
    return link


def _content(token: str) -> list[Any]:
    try:
        content: list[Any] = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise LinkInvalid from error
    return content


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT)


def _seal(email: str) -> str:
    """Binds a link to the address it was mailed to, without showing the address."""
    return salted_hmac(SALT, email.lower()).hexdigest()[:16]
