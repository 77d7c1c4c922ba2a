"""What a mail provider tells us of a mail it took: by webhook, read and its signature checked by anymail."""

from datetime import datetime
from typing import Any, Final

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.conf import settings
from django.urls import URLPattern, path
from django.utils.module_loading import import_string

from followups.bouncing import suppress_bounced, suppress_complained
from followups.engine.transports import AGAINST_US
from partners import clock

# A provider's webhook, and the setting in ANYMAIL without which nobody could tell its calls from anybody's.
PROVIDERS: Final = {
    "brevo": ("anymail.webhooks.brevo.BrevoTrackingWebhookView", "WEBHOOK_SECRET"),
    "mailgun": ("anymail.webhooks.mailgun.MailgunTrackingWebhookView", "MAILGUN_WEBHOOK_SIGNING_KEY"),
    "mailjet": ("anymail.webhooks.mailjet.MailjetTrackingWebhookView", "WEBHOOK_SECRET"),
    "postmark": ("anymail.webhooks.postmark.PostmarkTrackingWebhookView", "WEBHOOK_SECRET"),
    "sendgrid": ("anymail.webhooks.sendgrid.SendGridTrackingWebhookView", "WEBHOOK_SECRET"),
    "sparkpost": ("anymail.webhooks.sparkpost.SparkPostTrackingWebhookView", "WEBHOOK_SECRET"),
}
DEAD = (RejectReason.BOUNCED, RejectReason.INVALID)


def doors() -> list[URLPattern]:
    """One address for the provider of MAIL_EVENTS_FROM; none where its secret is missing, of which a check tells."""
    name = settings.MAIL_EVENTS_FROM
    view, secret = PROVIDERS.get(name, ("", ""))
    if not view or not settings.ANYMAIL.get(secret):
        return []
    return [path(f"mail-events/{name}/", import_string(view).as_view(), name="mail-events")]


def subscribe() -> None:
    """Connect the receiver; called once when the app is ready."""
    tracking.connect(_on_event, dispatch_uid="followups.mail_events")


def _on_event(*, event: AnymailTrackingEvent, **_: Any) -> None:
    at = event.timestamp if isinstance(event.timestamp, datetime) else None
    if not event.recipient:
        return
    if event.event_type == EventType.COMPLAINED:
        # The provider sends nothing more there for any of us, and does not say whose mail it was.
        suppress_complained(address=event.recipient, vendor=None, now=clock.now(), happened_at=at)
    elif event.event_type == EventType.BOUNCED and event.reject_reason in DEAD and not _is_for_now(event):
        suppress_bounced(address=event.recipient, now=clock.now(), happened_at=at)


def _is_for_now(event: AnymailTrackingEvent) -> bool:
    """A full mailbox, or a server that dislikes us rather than the address."""
    given = event.esp_event if isinstance(event.esp_event, dict) else {}
    said = f"{event.mta_response or ''} {event.description or ''}"
    return given.get("Type") == "SoftBounce" or AGAINST_US.search(said) is not None or "5.2.2" in said
