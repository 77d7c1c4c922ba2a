"""Switching a webhook off because its receiver is gone or down, and telling the owners."""

import logging
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from followups.bell.leaving import in_every_language, leave_note
from followups.models import Webhook
from partners import auditing
from partners.isolating import isolated
from partners.models import Member

logger = logging.getLogger(__name__)
OFF: Final = "webhook-off:"  # begins the keys of the notes about it


def switch_off(hook: Webhook, *, because: Webhook.Off, now: datetime) -> None:
    """Call it in a transaction, with the webhook locked. What waits stays, for when it is switched on again."""
    hook.off_at, hook.off_because = now, because
    hook.save(update_fields=["off_at", "off_because"])
    auditing.record(
        vendor=hook.vendor, action="webhook.switched_off", subject=hook, by=None, now=now, because=because.value
    )
    logger.warning("The webhook of %s was switched off: %s", hook.vendor.slug, because.value)
    path = reverse("desk-settings-webhook", args=[hook.vendor.slug])
    texts = in_every_language(lambda: (_subject(hook), str(hook.get_off_because_display())))
    owners = Member.objects.of(hook.vendor).filter(role=Member.Role.OWNER).select_related("user")
    for owner in owners:
        key = f"{OFF}{hook.pk}:{owner.pk}:{now.isoformat()}"
        leave_note(member=owner, texts=texts, leads_to=path, key=key, now=now)
        with translation.override(owner.user.language or hook.vendor.language):
            _mail(hook, owner, f"{settings.BASE_URL}{path}").send()


def _subject(hook: Webhook) -> str:
    return _("%(vendor)s: your own system is no longer told") % {"vendor": isolated(hook.vendor.name)}


def _mail(hook: Webhook, owner: Member, url: str) -> EmailMessage:
    context = {"vendor": hook.vendor, "why": hook.get_off_because_display(), "url": url}
    return EmailMessage(
        subject=_subject(hook),
        body=render_to_string("followups/mails/webhook_off.txt", context),
        to=[owner.user.email],
    )
