"""Set-ups in which reminders would quietly stay at home."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

from followups import mail_events
from followups.engine.patience import STOP_WITHIN_SECONDS
from followups.engine.transports import Server

LEAST_DAYS_IN_USE = 30
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


@register()
def nothing_kills_the_engine(**_: Any) -> list[CheckMessage]:
    if not (settings.PRODUCTION and settings.ENGINE_CRASH_AT):
        return []
    return [
        checks.Error(
            f"ENGINE_CRASH_AT is {settings.ENGINE_CRASH_AT}, and this is production.",
            hint="It lets a worker kill itself, to prove that nothing is lost. Unset it.",
            id="followups.E002",
        )
    ]


@register()
def a_lease_outlasts_a_send(**_: Any) -> list[CheckMessage]:
    """Else a mail that a slow server takes would be written down as unknown while it is being sent."""
    if not settings.PRODUCTION or settings.ENGINE_LEASE_SECONDS >= 2 * STOP_WITHIN_SECONDS:
        return []
    return [
        checks.Error(
            f"ENGINE_LEASE_SECONDS is {settings.ENGINE_LEASE_SECONDS:g}, less than a slow mail server may take.",
            hint=f"Unset it, or give it at least {2 * STOP_WITHIN_SECONDS:g}.",
            id="followups.E003",
        )
    ]


@register()
def webhooks_stay_outside(**_: Any) -> list[CheckMessage]:
    if not (settings.PRODUCTION and settings.WEBHOOK_ALLOW_LOOPBACK):
        return []
    return [
        checks.Error(
            "WEBHOOK_ALLOW_LOOPBACK is on, and this is production: a vendor’s webhook could reach this machine’s own "
            "services.",
            hint="It is for tests and development. Unset it.",
            id="followups.E005",
        )
    ]


@register()
def the_archive_leaves_what_is_still_asked_for(**_: Any) -> list[CheckMessage]:
    """Caps look back a week, doubts two, and a day's key may not come again within it."""
    if settings.ARCHIVE_AFTER_DAYS == 0 or settings.ARCHIVE_AFTER_DAYS >= LEAST_DAYS_IN_USE:
        return []
    return [
        checks.Error(
            f"ARCHIVE_AFTER_DAYS is {settings.ARCHIVE_AFTER_DAYS}.",
            hint=f"Give it at least {LEAST_DAYS_IN_USE}, or 0 for a database that keeps everything in use.",
            id="followups.E004",
        )
    ]


@register()
def mail_events_are_checked(**_: Any) -> list[CheckMessage]:
    name = settings.MAIL_EVENTS_FROM
    if not name or mail_events.doors():
        return []
    known = ", ".join(sorted(mail_events.PROVIDERS))
    return [
        checks.Error(
            f"MAIL_EVENTS_FROM names {name}, and without a secret its reports could come from anybody; none is taken.",
            hint=f"For mailgun set MAILGUN_WEBHOOK_SIGNING_KEY, else MAIL_EVENTS_SECRET. Known are {known}.",
            id="followups.E002",
        )
    ]
