"""From a message's row to the bytes that go over the line, and to the names that mail programs know it by."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.generator import BytesGenerator
from email.message import Message
from email.utils import format_datetime, parseaddr
from io import BytesIO

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from followups import models


def message_id(key: str) -> str:
    """Derived from the key, so that a server that sees a mail twice can tell."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{settings.MESSAGE_ID_DOMAIN}>"


def build(message: models.Message, *, now: datetime) -> bytes:
    """The mail as it is sent, plain text beside the HTML. ``From`` and ``To`` may stand among the row's headers."""
    headers: dict[str, str] = dict(message.headers)
    sender = headers.pop("From", settings.DEFAULT_FROM_EMAIL)
    recipient = headers.pop("To", message.to_address)
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=sender,
        to=[recipient],
        headers={
            "Message-ID": message_id(message.key),
            "Date": format_datetime(now),
            "Auto-Submitted": "auto-generated",
            **headers,
        },
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return _flat(mail.message())


def _flat(mail: Message) -> bytes:
    """Without folding: a link in a header stays on one line, as RFC 8058's readers expect it."""
    flat = BytesIO()
    BytesGenerator(flat, mangle_from_=False, maxheaderlen=0).flatten(mail)
    return flat.getvalue()


def envelope_sender(headers: Mapping[str, str]) -> str:
    return for_envelope(headers.get("From", settings.DEFAULT_FROM_EMAIL))


def for_envelope(address: str) -> str:
    """The bare address, its domain as DNS knows it. What cannot be written so is left to be refused."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
