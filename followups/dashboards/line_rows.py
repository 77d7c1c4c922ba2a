"""A row of the sponsor's first line in finished words: who, where they stand and since when, and the one thing to do.

It never asks for sales, and never says that somebody who waits is silent.
"""

from datetime import datetime
from typing import Any, TypedDict

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from followups.dashboards.wording import is_new, reason_for, rhythm
from followups.models.silence import SilenceKind
from partners.isolating import isolated
from partners.models import Partner
from partners.templatetags.firstline import since_words
from playbooks.models import Progress
from playbooks.models.step import Turn


class Row(TypedDict, total=False):
    pk: int
    company: str
    person: str
    is_new: bool
    where: str
    todo: str  # "" when nothing needs to be done
    act: str  # the same in a verb, by the way there is to reach them
    icon: str
    phone: str
    number: str  # the phone's, as an address takes it
    email: str
    reader: str  # who else reads what is written down
    fields: str  # of the form about a call
    is_open: bool


def row_of(standing: Any, *, title: str, now: datetime) -> Row:
    """``standing`` has its vendor's name, too; ``title`` is the next step's."""
    todo = "" if rests(standing, now=now) else todo_for(standing, title, new=is_new(standing, now=now))
    act, icon = _act(standing) if todo else (_("Note"), "pencil")
    return Row(
        pk=standing.partner_id,
        company=isolated(standing.company),
        person=isolated(standing.contact_name),
        is_new=is_new(standing, now=now),
        where=where(standing, title=title, now=now),
        todo=todo,
        act=act,
        icon=icon,
        phone=standing.contact_phone,
        number=standing.contact_phone.replace(" ", ""),
        email=standing.contact_email,
        reader=_("%(vendor)s reads it too.") % {"vendor": isolated(standing.vendor_name)},
    )


def _act(standing: Any) -> tuple[str, str]:
    if standing.contact_phone:
        return _("Call"), "phone"
    return (_("Write"), "mail") if standing.contact_email else (_("What to do"), "bulb")


def rests(standing: Any, *, now: datetime) -> bool:
    """Somebody called them lately. What the vendor owes them does not rest, but it is not the sponsor who owes it."""
    return standing.rests_until is not None and standing.rests_until > now


def where(standing: Any, *, title: str, now: datetime) -> str:
    """Where they stand, since when, and what goes with it."""
    parts = [_standing_in_words(standing, title=title, now=now), _lately(standing, now=now)]
    if standing.silence_kind != SilenceKind.ORDERED_ONCE:
        parts.append(rhythm(standing))
    return " · ".join(dict.fromkeys(filter(None, parts)))  # whoever only orders is known by the rhythm alone


def _standing_in_words(standing: Any, *, title: str, now: datetime) -> str:
    if standing.turn == Turn.VENDOR:
        return waiting(standing, title=title, now=now)
    if standing.state == Partner.State.SIGNED and not standing.orders:
        ago = since_words(standing.quiet_since, now=now) if standing.quiet_since else ""
        return _("Signed %(ago)s, and %(vendor)s has yet to say yes") % {
            "ago": ago,
            "vendor": isolated(standing.vendor_name),
        }
    return reason_for(standing, title=title, now=now)


def waiting(standing: Any, *, title: str, now: datetime) -> str:
    """Waiting on the vendor is no silence of theirs, and nothing a sponsor has to push."""
    asked = since_words(standing.turn_since, now=now) if standing.turn_since else ""
    words = {"vendor": isolated(standing.vendor_name), "step": title, "ago": asked}
    if standing.step_state == Progress.State.STUCK:
        return _("Got stuck %(ago)s at “%(step)s”, and waits for %(vendor)s") % words
    return _("Handed “%(step)s” to %(vendor)s %(ago)s and waits") % words


def _lately(standing: Any, *, now: datetime) -> str:
    """What happened last, unless the sentence before has said it."""
    if standing.rests_until is not None and rests(standing, now=now):
        until = localtime(standing.rests_until)
        if standing.turn == Turn.VENDOR or until.date() == localtime(now).date():
            return _("called lately")
        return _("called lately, rests until %(day)s") % {"day": date_format(until, "MONTH_DAY_FORMAT")}
    if standing.silence_kind or standing.turn == Turn.VENDOR:
        return ""
    if standing.last_activity_at is None:
        return _("not active yet")
    return _("last active %(ago)s") % {"ago": since_words(standing.last_activity_at, now=now)}


def todo_for(standing: Any, title: str, *, new: bool) -> str:
    """The one thing a sponsor does next, in words."""
    words: dict[str, Any] = {"person": isolated(standing.contact_name or standing.company), "step": title}
    if standing.turn == Turn.VENDOR:
        return _("Tell %(person)s that you know, and that help is on its way.") % words
    if standing.silence_kind:
        return _silent_todo(standing) % words
    if standing.turn == Turn.SPONSOR:
        return _("It is your turn: do “%(step)s” together.") % words
    if new:
        return _("Welcome %(person)s, and ask what would make the first week a good one.") % words
    return ""


def _silent_todo(standing: Any) -> str:
    """By the way there is to reach them: where no number is known they are written to."""
    if not standing.contact_phone and standing.silence_kind == SilenceKind.NEVER_STARTED:
        return _("Write to %(person)s and offer to do the first minutes of “%(step)s” together.")
    if not standing.contact_phone and standing.silence_kind == SilenceKind.STOPPED:
        return _("Write to %(person)s and ask what came up at “%(step)s”.")
    return {
        SilenceKind.NEVER_STARTED.value: _("Call %(person)s and do the first minutes of “%(step)s” together."),
        SilenceKind.STOPPED.value: _("Call %(person)s and ask what came up at “%(step)s”."),
        SilenceKind.WAITING_ON_US.value: _("Tell %(person)s that you know, and that help is on its way."),
        SilenceKind.ORDERED_ONCE.value: _("Ask %(person)s how it went: satisfied, or is something in the way?"),
    }[standing.silence_kind]
