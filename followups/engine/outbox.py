"""Django's mail backend: writes each mail into the outbox, in the caller's transaction."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import translation

from followups.engine.waking import wake_on_commit
from followups.models import Message
from partners import clock


class OutboxBackend(BaseEmailBackend):
    """One row a recipient; what becomes of one address is no matter of the others."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        now = clock.now()
        with transaction.atomic():
            rows = [row for mail in email_messages for row in _rows(mail, now=now)]
            Message.objects.bulk_create(rows)
            if rows:
                wake_on_commit()
        return len([mail for mail in email_messages if mail.recipients()])


def _rows(mail: EmailMessage, *, now: datetime) -> list[Message]:
    if mail.attachments:
        raise ValueError(
            "The outbox carries text, HTML and calendar entries; put a link into the mail instead of a file."
        )
    headers = _headers(mail)
    language = (translation.get_language() or settings.LANGUAGE_CODE)[:5]
    return [
        Message(
            key=f"mail:{uuid.uuid4()}",
            kind=Message.Kind.ACCOUNT,
            to_address=address,
            language=language,
            subject=" ".join(str(mail.subject).split())[:300],
            text=str(mail.body),
            html=_html(mail),
            calendar=_alternative(mail, "text/calendar"),
            headers=headers,
            not_before=now,
            created_at=now,
        )
        for address in mail.recipients()
    ]


def _headers(mail: EmailMessage) -> dict[str, str]:
    headers = {str(name): str(value) for name, value in mail.extra_headers.items()}
    headers["From"] = str(mail.from_email or settings.DEFAULT_FROM_EMAIL)
    if mail.reply_to:
        headers["Reply-To"] = ", ".join(str(address) for address in mail.reply_to)
    return headers


def _html(mail: EmailMessage) -> str:
    is_html = not isinstance(mail, EmailMultiAlternatives) and mail.content_subtype == "html"
    return str(mail.body) if is_html else _alternative(mail, "text/html")


def _alternative(mail: EmailMessage, wanted: str) -> str:
    alternatives = mail.alternatives if isinstance(mail, EmailMultiAlternatives) else []
    return next((str(content) for content, mimetype in alternatives if mimetype == wanted), "")
