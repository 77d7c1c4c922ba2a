"""Notes that no cadence asked for: something has happened that whoever leads a partner should hear of."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from followups.models import Notification
from partners.models import Member, Partner

Texts = Mapping[str, Mapping[str, str]]  # {"en": {"subject": "...", "body": "..."}, "de": ...}


def leave_note(*, member: Member, texts: Texts, leads_to: str, key: str, now: datetime) -> bool:
    """Put a note at a member's bell, once under each ``key`` of their vendor. Says whether it is new.

    ``leads_to`` is the path of a page that the member may see. The note is written in the caller's transaction: it is
    there if what it tells of is. Raises ValueError for an address elsewhere, and for a key or texts that are empty.
    """
    if not (leads_to.startswith("/") and url_has_allowed_host_and_scheme(leads_to, allowed_hosts=None)):
        raise ValueError(f"A note leads to a page of ours, and not to {leads_to!r}.")
    if not key or not texts or not all(each.get("subject") and each.get("body") for each in texts.values()):
        raise ValueError("A note has a key, and in each language a subject and a body.")
    said = {"member": member, "texts": texts, "leads_to": leads_to, "made_at": now}
    _note, made = Notification.objects.get_or_create(vendor_id=member.vendor_id, key=key, defaults=said)
    return made


def leave_with_manager(*, partner: Partner, texts: Texts, key: str, now: datetime, leads_to: str = "") -> bool:
    """The same for whoever leads ``partner``; it leads to the partner's page if to nothing else."""
    page = reverse("desk-partner", args=[partner.vendor.slug, partner.pk])
    return leave_note(member=partner.manager, texts=texts, leads_to=leads_to or page, key=key, now=now)


def in_every_language(write: Callable[[], tuple[str, str]]) -> Texts:
    """The subject and the body that ``write`` returns, in each language that a reader may have chosen."""
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            subject, body = write()
        texts[language] = {"subject": subject, "body": body}
    return texts


def settle_left(*, vendor_id: int, key_begins: str, now: datetime) -> int:
    """What these notes told of is over: they count no more. Says how many that were."""
    these = Notification.objects.filter(vendor=vendor_id, key__startswith=key_begins, settled_at=None)
    return these.update(settled_at=now)
