"""Set-ups in which reminders would quietly stay at home."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

from followups.engine.transports import Server

NO_TRANSPORT = "followups.engine.transports.NoTransport"


@register()
def mail_leaves(**_: Any) -> list[CheckMessage]:
    if settings.MAIL_TRANSPORT != NO_TRANSPORT:
        return []
    return [
        checks.Warning(
            "No mail server is configured: reminders and sign-in codes wait in the outbox.",
            hint="Set SMTP_URL, such as smtp://user:password@host:587?tls=starttls",
            id="followups.W001",
        )
    ]


@register()
def smtp_url_is_understood(**_: Any) -> list[CheckMessage]:
    if not settings.SMTP_URL:
        return []
    try:
        Server.parse(settings.SMTP_URL)
    except ValueError as error:
        return [checks.Error(str(error), hint="A % or @ in the password is written %25 or %40.", id="followups.E001")]
    return []
