"""What is posted, as docs/webhooks.md describes it. A field that is added changes nothing for who reads the others.

It names people by name and role alone; it has no address of theirs, and no link that acts for anybody.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from followups.dashboards.reckoning import Reckoning
from followups.engine.composing import audience_of, name_of
from followups.engine.delivering import own_words
from followups.engine.merging import Words, in_language
from followups.models import FollowUp, Message
from partners.models import Partner, Vendor

VERSION: Final = 1
DUE: Final = "followup.due"
TEST: Final = "test"


def event_id(key: str) -> str:
    """The same for every try, and for every worker; another installation's is another one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.MESSAGE_ID_DOMAIN}/webhooks/{key}"))


def written(message: Message, followup: FollowUp | None, words: Words) -> str:
    """The body; without a follow-up that of a test."""
    return json.dumps(_told(message, followup, words), ensure_ascii=False)


def sample(followup: FollowUp, words: Words, *, now: datetime) -> str:
    """For people to look at; nothing is sent."""
    message = Message(key="sample", created_at=now)
    return json.dumps(_told(message, followup, words), ensure_ascii=False, indent=2)


def _told(message: Message, followup: FollowUp | None, words: Words) -> dict[str, Any]:
    vendor = followup.vendor if followup is not None else message.vendor
    assert vendor is not None  # noqa: S101 - a webhook is a vendor's
    told: dict[str, Any] = {
        "version": VERSION,
        "id": event_id(message.key),
        "event": DUE if followup is not None else TEST,
        "created_at": _moment(message.created_at),
        "vendor": {"address": vendor.slug, "name": vendor.name},
    }
    if followup is not None:
        with translation.override(vendor.language):
            told |= _about(followup, words)
    return told


def _about(followup: FollowUp, words: Words) -> dict[str, Any]:
    partner, progress, enrollment = followup.partner, followup.progress, followup.enrollment
    texts = in_language(own_words(followup, words))
    return {
        "partner": {"id": partner.pk, "company": partner.company, "reference": partner.reference},
        "step": None
        if progress is None
        else {
            "key": progress.step.key,
            "title": progress.step.title(followup.vendor.language),
            "state": progress.state,
            "opened_at": _moment(progress.opened_at),
        },
        "playbook": enrollment.playbook.slug if enrollment is not None else None,
        "followup": {
            "id": followup.pk,
            "kind": followup.kind,
            "due_at": _moment(followup.due_at),
            "reason": Reckoning(followup.vendor, [partner.pk]).words(followup),
            "subject": texts.get("subject", ""),
            "text": texts.get("body", "").replace("\r\n", "\n"),
        },
        "recipient": {
            "part": audience_of(followup).value,
            "name": name_of(followup),
            "role": followup.contact.role if followup.contact is not None else "",
        },
        "links": {"partner": partner_link(followup.vendor, partner)},
    }


def partner_link(vendor: Vendor, partner: Partner) -> str:
    """The partner's page at the vendor's desk: whoever opens it has to sign in."""
    return f"{settings.BASE_URL}{reverse('desk-partner', args=[vendor.slug, partner.pk])}"


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at is not None else None


def headers(message: Message, *, signature: str, is_test: bool) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Firstline-Webhook/{VERSION} (+{settings.BASE_URL})",
        "Idempotency-Key": event_id(message.key),
        "Firstline-Event": TEST if is_test else DUE,
        "Firstline-Signature": signature,
        "Connection": "close",
    }
