"""Receipts: for every follow-up that is over, why it was sent, waited, went along, was held back or called off."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followups.dashboards.agenda import fate_of
from followups.dashboards.reckoning import Reckoning
from followups.engine.cadences import ANSWER, ASKED_FOR, CONFIDENCE, STUCK, WELCOME
from followups.models import ArchivedFollowUp, FollowUp, Message, Touch
from partners.models import Partner

State, Reason = FollowUp.State, FollowUp.Reason
RELATED = ("enrollment__version", "progress__step__stage", "contact", "member__user", "message")
BOTH: tuple[Any, ...] = (FollowUp, ArchivedFollowUp)
# A mail to the partner's own people has a line of its own on the timeline, and its receipts stand there.
OWN_MAIL = (Message.State.ACCEPTED, Message.State.FAILED, Message.State.UNKNOWN)


class Receipt(NamedTuple):
    """What became of one follow-up, or of several of one step at once."""

    at: datetime
    pk: int
    what: str
    who: str
    why: list[str]


class Receipts:
    """The receipts of one partner, in the reader's language."""

    def __init__(self, partner: Partner, language: str) -> None:
        self.partner, self.language = partner, language
        self.reckoning = Reckoning(partner.vendor, [partner.pk])

    def of_mails(self, messages: Collection[int]) -> Mapping[int, list[str]]:
        """By message: each follow-up that it carried, and why just then. One query, and one for what is archived."""
        found: dict[int, list[str]] = defaultdict(list)
        for followups in BOTH:
            left = set(messages) - found.keys()
            rows = followups.objects.filter(message__in=left, partner=self.partner)  # asks nothing where none are left
            for row in rows.select_related("enrollment__version", "progress__step__stage").order_by("offset", "pk"):
                found[row.message_id or 0].append(" ".join(f"{part}." for part in [self._cause(row), *_moved(row)]))
        return found

    def rows(self) -> list[QuerySet[Any]]:
        """Follow-ups that are over and stand in no mail to the partner's own people, in use and archived."""
        own_mail = Q(state=State.DECIDED, contact__partner=self.partner, message__state__in=OWN_MAIL)
        own_mail &= Q(channel=Touch.Channel.MAIL)
        of_both = [followups.objects.filter(partner=self.partner) for followups in BOTH]
        return [
            theirs.exclude(state=State.SCHEDULED).exclude(pk__in=theirs.filter(own_mail).values("pk"))
            for theirs in of_both
        ]

    def told(self, rows: Iterable[Any]) -> list[Receipt]:
        """A receipt for each, and one for several of a step that ended together: being done ends all that is left."""
        together = groupby(rows, key=lambda row: (row.finished_at, row.progress_id, row.state, row.reason))
        return [self._told(list(same)) for _key, same in together]

    def _told(self, same: list[Any]) -> Receipt:
        row = same[-1]
        what = self._cause(row) if len(same) == 1 else self._several(row, len(same))
        why = [str(row.get_reason_display())] if row.state != State.DECIDED else []
        if len(same) == 1:
            why = [*(part for part in _moved(row) if part not in why), *why, *_not_taken(row)]
        return Receipt(at=row.finished_at, pk=row.pk, what=f"{_fate(row)}: {what}", who=_reader(row), why=why)

    def _several(self, row: FollowUp, count: int) -> str:
        words = ngettext("%(count)d reminder of “%(step)s”", "%(count)d reminders of “%(step)s”", count)
        return words % {"count": count, "step": self._step(row)}

    def _cause(self, row: FollowUp) -> str:
        step = {"step": self._step(row)}
        if row.kind == WELCOME:
            return _("Welcome, because the partner was accepted")
        if row.kind == CONFIDENCE:
            return _("The question how sure they are")
        if row.kind == ASKED_FOR:
            return _("Reminder of “%(step)s”, because the partner asked for it") % step
        if row.kind == ANSWER:
            return _("The answer about “%(step)s”, because they were stuck") % step
        if row.kind == STUCK:
            return _("They are stuck at “%(step)s”") % step
        return _("Reminder of “%(step)s”, %(when)s") % {**step, "when": self.reckoning.words(row)}

    def _step(self, row: FollowUp) -> str:
        return row.progress.step.title(self.language) if row.progress else self.partner.company


def _moved(row: FollowUp) -> list[str]:
    """Why it had to wait, and that it did not go alone."""
    moved = [str(Reason(row.held).label)] if row.held and row.held != row.reason else []
    return [*moved, str(Reason.MERGED.label)] if row.reason == Reason.MERGED else moved


def _not_taken(row: FollowUp) -> list[str]:
    """What the vendor's own system answered, where it did not take what it was told."""
    if row.state != State.DECIDED or row.channel != Touch.Channel.WEBHOOK or row.message is None:
        return []
    return [row.message.last_error] if row.message.last_error else []


def _fate(row: FollowUp) -> str:
    if row.state == State.DECIDED and row.message is not None:
        return str(fate_of(row.message)[0])
    return _("Held back") if row.state == State.SUPPRESSED else _("Called off")


def _reader(row: FollowUp) -> str:
    return row.contact.name if row.contact else str(row.member)
