"""Notes as they are read: their words, where they lead, and that somebody has looked."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followups.engine.cadences import STILL_OPEN, STUCK
from followups.engine.composing import audience_of, minutes_in_words
from followups.engine.merging import in_language
from followups.engine.waiting import only_answers
from followups.models import Notification, Touch
from followups.models.notification import NotificationQuerySet
from partners.isolating import isolated

RELATED = (
    "vendor",
    *("followup__partner", "followup__contact", "followup__progress__step"),
    *("archived__partner", "archived__contact", "archived__progress__step"),
)


@dataclass(frozen=True)
class Note:
    """One line of a list, in the reader's language."""

    pk: int
    title: str
    body: str
    vendor: str
    at: datetime
    is_unread: bool
    is_over: bool


def note_of(notification: Notification) -> Note:
    own = in_language(notification.texts)
    title, body = (own["subject"], own["body"]) if own else _words_of_ours(notification)
    return Note(
        pk=notification.pk,
        title=title,
        body=body,
        vendor=notification.vendor.name,
        at=notification.made_at,
        is_unread=notification.read_at is None and notification.settled_at is None,
        is_over=notification.settled_at is not None,
    )


def _words_of_ours(notification: Notification) -> tuple[str, str]:
    followup = notification.came_of
    assert followup is not None  # noqa: S101 - what has none brings its words along
    company, progress = isolated(followup.partner.company), followup.progress
    if progress is None:
        return company, ""
    step = progress.step.title(get_language() or "en")
    if followup.kind == STUCK:
        reason = progress.reason if notification.settled_at is None else ""
        return _("%(company)s is stuck at “%(step)s”") % {"company": company, "step": step}, reason
    if audience_of(followup) != Touch.To.PARTNER:
        words = _("“%(step)s” is still open. A word from you helps more than one more mail.")
        return _("%(company)s could use a word from you") % {"company": company}, words % {"step": step}
    if only_answers(progress):
        words = _("%(vendor)s does it for you and waits for your yes or no.")
        return _("Waiting for your answer: %(title)s") % {"title": step}, words % {"vendor": notification.vendor.name}
    title = _("Still open: %(title)s") if followup.kind == STILL_OPEN else _("Your next step: %(title)s")
    minutes = minutes_in_words(progress.step.minutes)
    return title % {"title": step}, _("It takes about %(minutes)s.") % {"minutes": minutes}


def address_of(notification: Notification) -> str:
    """Where it leads."""
    followup = notification.came_of
    if followup is None:
        return notification.leads_to
    if notification.member_id is not None:
        place = "#help" if followup.kind == STUCK else "#talk"
        return reverse("desk-partner", args=[notification.vendor.slug, followup.partner_id]) + place
    if audience_of(followup) == Touch.To.PARTNER:
        return reverse("my-step", args=[followup.progress_id]) if followup.progress_id else reverse("my-today")
    return reverse("my-first-line") + f"#partner-{followup.partner_id}"


def mark_read(notes: NotificationQuerySet, *, now: datetime) -> int:
    """Somebody has looked at these; says at how many for the first time."""
    return notes.filter(read_at=None).update(read_at=now)
