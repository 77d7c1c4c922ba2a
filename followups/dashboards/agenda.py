"""What goes out next, and what went out, waited or was called off lately, with the reason in words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from followups.cadences.rehearsing import Line as Foreseen
from followups.cadences.rehearsing import foresee
from followups.dashboards.reckoning import Reckoning
from followups.engine.cadences import ANSWER, ASKED_FOR, CONFIDENCE, STUCK, WELCOME
from followups.engine.composing import audience_of
from followups.engine.facts import address_of
from followups.engine.wishes import Wishes, wishes_among
from followups.models import FollowUp, Message, Touch
from partners.models import Vendor

AHEAD = timedelta(days=7)
BACK = timedelta(days=14)
ROWS = 24
RELATED = ("partner", "enrollment__version", "contact", "member__user", "progress__step__stage", "message")

Words = str | Promise
QUIET, GOOD, WARN = "fl-pill-quiet", "", "fl-pill-warn"
# What became of the message a follow-up went into: words, pill, and more words where needed.
FATES: dict[str, tuple[Words, str, Words]] = {
    Message.State.READY: (_("On its way"), QUIET, ""),
    Message.State.CLAIMED: (_("On its way"), QUIET, ""),
    Message.State.SENDING: (_("On its way"), QUIET, ""),
    Message.State.ACCEPTED: (_("Sent"), GOOD, ""),
    Message.State.FAILED: (_("Not delivered"), WARN, _("The mail server refused it")),
    Message.State.UNKNOWN: (_("Unclear"), WARN, _("The line broke while it was sent; it is not sent a second time")),
    Message.State.CANCELLED: (_("Called off"), QUIET, ""),
}
THERE: dict[str, tuple[Words, str, Words]] = {
    Touch.Channel.IN_APP: (_("At the bell"), GOOD, ""),
    Touch.Channel.CALL: (_("On Today"), GOOD, ""),
}
TOLD: dict[str, tuple[Words, str, Words]] = {
    Message.State.ACCEPTED: (_("Told by webhook"), GOOD, ""),
    Message.State.FAILED: (_("Not delivered"), WARN, _("Your own system did not take it")),
}
WAYS: dict[str, Words] = {
    Touch.Channel.IN_APP: _("a note at the bell"),
    Touch.Channel.CALL: _("a call"),
    Touch.Channel.WEBHOOK: _("a webhook to your own system"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One follow-up in the list."""

    followup: FollowUp
    at: datetime
    to: str
    step: str
    fate: Words
    pill: str
    why: Words
    way: Words = ""  # where it is no mail
    count: int = 1  # follow-ups that this line stands for
    not_before: datetime | None = None  # when it really goes, where the engine will hold it back at ``at``

    @property
    def is_as_planned(self) -> bool:
        """Due at the hour that the cadence says, and nothing has come between."""
        is_untouched = self.followup.finished_at is None and not self.followup.reason and self.not_before is None
        return is_untouched and self.pill == QUIET


@dataclass(frozen=True, slots=True)
class Part:
    """Lines by day in the reader's zone; ``more`` is the key of the next page, if there is one."""

    days: list[tuple[date, list[Line]]]
    more: str


@dataclass(frozen=True, slots=True)
class Agenda:
    coming: Part
    lately: Part
    is_first_page: bool
    next_at: datetime | None  # where nothing is planned within AHEAD: when something is


def agenda(*, vendor: Vendor, language: str, now: datetime, after: str = "", before: str = "") -> Agenda:
    """Both halves for ``vendor``. ``after`` and ``before`` are keys that an earlier page gave as ``more``."""
    coming = _foreseen(_part(_coming(vendor, now, after), "due_at", vendor, language), vendor, now)
    lately = _part(_lately(vendor, now, before), "finished_at", vendor, language)
    nothing = not coming.days and not after
    next_at = _first_after(vendor, now + AHEAD) if nothing else None
    return Agenda(coming, lately, is_first_page=not (after or before), next_at=next_at)


def _first_after(vendor: Vendor, at: datetime) -> datetime | None:
    later = FollowUp.objects.of(vendor).scheduled().filter(due_at__gte=at)
    return later.order_by("due_at", "pk").values_list("due_at", flat=True).first()


def _coming(vendor: Vendor, now: datetime, after: str) -> QuerySet[FollowUp]:
    rows = FollowUp.objects.of(vendor).scheduled().filter(due_at__lt=now + AHEAD)
    key = read_key(after)
    if key is not None:
        at, pk = key
        rows = rows.filter(Q(due_at__gt=at) | Q(due_at=at, pk__gt=pk), due_at__gte=at)
    return rows.order_by("due_at", "pk")


def _lately(vendor: Vendor, now: datetime, before: str) -> QuerySet[FollowUp]:
    rows = FollowUp.objects.of(vendor).finished().filter(finished_at__gt=now - BACK)
    key = read_key(before)
    if key is not None:
        at, pk = key
        rows = rows.filter(Q(finished_at__lt=at) | Q(finished_at=at, pk__lt=pk), finished_at__lte=at)
    return rows.order_by("-finished_at", "-pk")


def _part(rows: QuerySet[FollowUp], field: str, vendor: Vendor, language: str) -> Part:
    found = list(rows.select_related(*RELATED)[: ROWS + 1])
    wishes = wishes_among({address_of(row) for row in found})
    reckoning = Reckoning(vendor, {row.partner_id for row in found})
    lines = [_line(row, getattr(row, field), language, wishes, reckoning) for row in found[:ROWS]]
    more = make_key(lines[-1].at, lines[-1].followup.pk) if len(found) > ROWS else ""
    return Part(_by_day(_together(lines)), more)


def _foreseen(part: Part, vendor: Vendor, now: datetime) -> Part:
    """The same lines, and where the engine will hold one back: until when, and why. Paging goes by what is planned."""
    partner_ids = {line.followup.partner_id for _day, lines in part.days for line in lines}
    foreseen = foresee(vendor=vendor, partner_ids=partner_ids, now=now) if partner_ids else {}
    days = [(day, [_held(line, foreseen.get(line.followup.pk)) for line in lines]) for day, lines in part.days]
    return replace(part, days=days)


def _held(line: Line, seen: Foreseen | None) -> Line:
    if seen is None or not seen.is_sent or not seen.moves:
        return line
    return replace(line, not_before=seen.at, why=FollowUp.Reason(seen.moves[-1].reason).label)


def _together(lines: Iterable[Line]) -> list[Line]:
    """Reminders of one step that came to nothing at one moment for one reason are told in one line."""
    told: list[Line] = []
    for line in lines:
        if told and line.followup.message is None and _same_end(told[-1], line):
            told[-1] = replace(told[-1], count=told[-1].count + 1)
        else:
            told.append(line)
    return told


def _same_end(one: Line, other: Line) -> bool:
    def said(line: Line) -> tuple[Any, ...]:
        ended = line.followup
        return ended.finished_at, ended.state, ended.reason, ended.partner_id, ended.progress_id, line.to

    return one.followup.finished_at is not None and said(one) == said(other)


def _by_day(lines: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    return [(day, list(same)) for day, same in groupby(lines, key=lambda line: timezone.localdate(line.at))]


def _line(followup: FollowUp, at: datetime, language: str, wishes: Wishes, reckoning: Reckoning) -> Line:
    to = followup.contact.name if followup.contact else str(followup.member)
    step = followup.progress.step.title(language) if followup.progress else ""
    is_coming = followup.finished_at is None
    fate, pill, why = _coming_fate(followup, wishes, reckoning) if is_coming else _fate(followup)
    return Line(followup, at, to, step, fate, pill, why, WAYS.get(followup.channel, ""))


def _coming_fate(followup: FollowUp, wishes: Wishes, reckoning: Reckoning) -> tuple[Words, str, Words]:
    mailbox = (followup.vendor_id, address_of(followup).lower() if followup.channel == Touch.Channel.MAIL else "")
    if wishes.want_nothing(mailbox):
        return _("Will be held back"), WARN, FollowUp.Reason.ADDRESS_SUPPRESSED.label
    if wishes.want_none(mailbox, audience_of(followup).value):
        return _("Will be held back"), QUIET, FollowUp.Reason.NOT_WANTED.label
    if followup.reason:
        return _("Moved"), QUIET, followup.get_reason_display()
    if followup.kind == WELCOME:
        return _("Planned"), QUIET, _("Welcome, because the partner was accepted")
    if followup.kind == ANSWER:
        return _("Planned"), QUIET, _("The answer, because they were stuck")
    if followup.kind == STUCK:
        return _("Planned"), QUIET, _("The partner is stuck")
    if followup.kind == CONFIDENCE:
        return _("Planned"), QUIET, _("The question how sure they are")
    if followup.kind == ASKED_FOR:
        return _("Planned"), QUIET, _("The partner asked for it")
    return _("Planned"), QUIET, reckoning.words(followup)


def _fate(followup: FollowUp) -> tuple[Words, str, Words]:
    reason = followup.get_reason_display() if followup.reason else ""
    if followup.state == FollowUp.State.DECIDED and followup.message is not None:
        fate, pill, why = fate_of(followup.message)
        return fate, pill, why or (reason if followup.reason == FollowUp.Reason.MERGED else "")
    if followup.state == FollowUp.State.SUPPRESSED:
        return _("Held back"), WARN, reason
    return _("Called off"), QUIET, reason


def fate_of(message: Message) -> tuple[Words, str, Words]:
    if message.channel == Touch.Channel.WEBHOOK:
        return TOLD.get(message.state) or FATES[message.state]
    return THERE.get(message.channel) or FATES[message.state]


def make_key(at: datetime, pk: int) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{pk}"


def read_key(text: str) -> tuple[datetime, int] | None:
    """The place that a page's key stands for; None for none, and for one that nobody here made."""
    at, _dash, pk = text.partition("-")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(pk)
    except ValueError:
        return None
