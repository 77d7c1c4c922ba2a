"""What the next days would bring if nobody did anything: decided by the functions the engine decides with, written
nowhere.

Set-based and bounded: the facts of up to ``limit`` follow-ups are read by a constant number of queries, and then time
goes from one due moment to the next in memory. A mail is taken to leave in the moment it is decided.
"""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from operator import attrgetter
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _

from followups.cadences.joining import follow_ups_for, still_open
from followups.cadences.publishing import Changes, joining_by
from followups.cadences.reaching import steps_of
from followups.cadences.replanning import Joining
from followups.engine.cadences import NO_POLICY, OF_NO_CADENCE, Cadences, Rule, cadences_of
from followups.engine.deciding import digest_key
from followups.engine.facts import Due, Facts, MailboxKey, Person, Sibling
from followups.engine.gathering import SIBLING, begun_among, gather, read_due
from followups.engine.judging import WEEK, Finish, Hold, Send, judge
from followups.engine.levels import Level
from followups.models import Cadence, FollowUp, Message, Touch
from partners.hours import next_day
from partners.models import Vendor

AHEAD = timedelta(days=7)
FAR = timedelta(days=60)  # beyond all that caps and opening hours hold back
LIMIT = 2000
AT_LEAST = timedelta(seconds=1)
LEFT = (Message.State.ACCEPTED, Message.State.FAILED, Message.State.UNKNOWN)
Reason = FollowUp.Reason
REPLANNED = (Reason.POLICY_CHANGED, Reason.HANDED_ON)


class Fate(models.TextChoices):
    SENT = "sent", _("Goes out")
    MERGED = "merged", _("In the same mail")
    LATER = "later", _("Later than this")
    SUPPRESSED = "suppressed", _("Held back")
    CANCELLED = "cancelled", _("Called off")


@dataclass(frozen=True, slots=True)
class Move:
    """It was due at ``at`` and has to wait."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one follow-up, and when; ``moves`` say how it came there."""

    due: Due
    at: datetime
    fate: Fate
    reason: str
    moves: tuple[Move, ...]

    @property
    def is_sent(self) -> bool:
        return self.fate in (Fate.SENT, Fate.MERGED)


@dataclass(frozen=True)
class Change:
    """What a cadence would become: the draft's rules (None: it is gone), and what is new by it."""

    level: Level
    rules: Sequence[Rule] | None
    joining: Sequence[Joining]

    @classmethod
    def of(cls, cadence: Cadence, changes: Changes) -> "Change":
        draft = list(cadence.draft_touches.all())
        rules = None if cadence.draft_inherits else [Rule.of(touch) for touch in draft]
        joining = joining_by(cadence, changes, cadences_of([cadence.vendor_id]), draft)
        return cls(Level.of(cadence), rules, joining)


@dataclass(frozen=True)
class Rehearsal:
    lines: list[Line]  # in the order in which they happen
    mails: int
    left_out: int  # follow-ups beyond the limit, due later than all that are shown
    until: datetime
    facts: Facts
    before: Cadences  # what is in force, where something is changed
    joining: dict[int, FollowUp] = field(default_factory=dict)  # not planned yet, by the (negative) key of their Due

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.fate.value for line in self.lines)


def rehearse(
    *, vendor: Vendor, now: datetime, until: datetime, change: Change | None = None, limit: int = LIMIT
) -> Rehearsal:
    """What the follow-ups of ``vendor`` come to before ``until``; with a ``change`` as if it were published now."""
    planned = FollowUp.objects.of(vendor).scheduled()
    if change is None:
        planned = planned.filter(due_at__lt=until)
    dues = read_due(list(planned.order_by("due_at", "pk").values_list("pk", flat=True)[:limit]))
    left_out = planned.count() - len(dues) if len(dues) >= limit else 0
    joining: dict[int, FollowUp] = {}
    was_due = {due.pk: due.due_at for due in dues} if change is not None else {}
    if change is not None:
        joining = _joining(vendor, change, now=now, limit=limit)
        dues += [_due(pk, followup) for pk, followup in joining.items()]
    named = {rule.role for rule in (change.rules or ())} - {""} if change is not None else set()
    facts = gather(dues, now=now, further_roles=named)
    before = facts.cadences
    if change is not None:
        for due in dues:
            _plan_anew(due, is_reached=before.level(vendor.pk, facts.place(due)) == change.level, now=now)
        facts = _as_if(change, facts, dues)
    play = Play(dues, facts, vendor, was_due=was_due, now=now, until=until)
    play.read_history(dues)
    return Rehearsal(play.run(), len(play.sent_keys), left_out, until, facts, before, joining)


def foresee(*, vendor: Vendor, partner_ids: Collection[int], now: datetime) -> dict[int, Line]:
    """What becomes of each planned follow-up of these partners, by its key; a pause counts as if it ended now.

    What goes to the same mailbox about others is not looked at.
    """
    theirs = FollowUp.objects.of(vendor).scheduled().filter(partner__in=partner_ids)
    dues = read_due(list(theirs.order_by("due_at", "pk").values_list("pk", flat=True)[:LIMIT]))
    if not dues:
        return {}
    facts = replace(gather(dues, now=now), paused=frozenset())
    until = max(now, *(due.due_at for due in dues)) + FAR
    play = Play(dues, facts, vendor, now=now, until=until)
    play.read_history(dues)
    return {line.due.pk: line for line in play.run()}


def _plan_anew(due: Due, *, is_reached: bool, now: datetime) -> None:
    """As publishing does it: the engine looks at once at what the cadence reaches, and at the rest when it is due."""
    due.policy_version, due.because = NO_POLICY, ""
    if is_reached and due.progress_id is not None and due.kind not in OF_NO_CADENCE:
        due.due_at = min(due.due_at, now)


def _joining(vendor: Vendor, change: Change, *, now: datetime, limit: int) -> dict[int, FollowUp]:
    """What the new touches would plan for steps that are open already."""
    found: list[FollowUp] = []
    for rule, among, those in change.joining:
        steps = still_open(steps_of(change.level).filter(those), rule=rule, now=now).order_by("pk")
        found += follow_ups_for(list(steps[:limit]), vendor=vendor, rule=rule, among=among, now=now)
    return dict(zip(count(-1, -1), found, strict=False))


def _due(pk: int, followup: FollowUp) -> Due:
    """What ``read_due`` would read, were it saved."""
    progress, enrollment, contact, member = followup.progress, followup.enrollment, followup.contact, followup.member
    person = Person.of(contact) if contact is not None else None
    if member is not None:
        person = Person(member.user.email, member.left_at, member.user.language, (member.user.time_zone,), "")
    return Due(
        pk=pk,
        vendor_id=followup.vendor_id,
        progress_id=followup.progress_id,
        kind=followup.kind,
        episode=followup.episode,
        contact_id=followup.contact_id,
        member_id=followup.member_id,
        anchor_at=followup.anchor_at,
        offset=followup.offset,
        time_zone=followup.time_zone,
        policy_version=followup.policy_version,
        due_at=followup.due_at,
        partner_state=followup.partner.state,
        enrollment_state=enrollment.state if enrollment else None,
        step_state=progress.state if progress else None,
        turn=progress.turn if progress else None,
        snoozed_until=progress.snoozed_until if progress else None,
        slot_at=progress.slot_at if progress else None,
        enrollment_id=followup.enrollment_id,
        playbook_id=enrollment.playbook_id if enrollment else None,
        partner_id=followup.partner_id,
        channel=followup.channel,
        because=followup.reason,
        company_id=contact.partner_id if contact else None,
        is_primary=contact is not None and contact.is_primary,
        person=person,
    )


def _as_if(change: Change, facts: Facts, dues: Sequence[Due]) -> Facts:
    cadences = facts.cadences.instead(change.level, change.rules)
    begun = begun_among(dues) if cadences.has_conditions else facts.begun
    return replace(facts, cadences=cadences, begun=begun)


class Play:
    """Goes from one due moment to the next, and does in memory what deciding and sending do in the database."""

    def __init__(
        self,
        dues: Iterable[Due],
        facts: Facts,
        vendor: Vendor,
        *,
        now: datetime,
        until: datetime,
        was_due: Mapping[int, datetime] = MappingProxyType({}),
    ) -> None:
        self.facts, self.vendor, self.now, self.until, self.was_due = facts, vendor, now, until, was_due
        self.queue = [(max(due.due_at, now), due.pk, due) for due in dues]
        heapq.heapify(self.queue)
        self.moves: dict[int, list[Move]] = {}
        self.lines: list[Line] = []
        self.siblings: dict[int, dict[int, Sibling]] = {}
        self.left_keys: set[str] = set()  # reminders that nothing can join any more
        self.sent_keys: set[str] = set()

    def read_history(self, dues: Sequence[Due]) -> None:
        """What else judging may look at later: the other touches of these steps, and reminders that left today."""
        steps = {due.progress_id for due in dues if due.progress_id is not None}
        for pk, progress_id, *sibling in FollowUp.objects.filter(progress__in=steps).values_list(
            "pk", "progress_id", *SIBLING
        ):
            self.siblings.setdefault(progress_id or 0, {})[pk] = Sibling(*sibling)
        for due in dues:
            self._tell_siblings(due)
        left = Message.objects.of(self.vendor).filter(kind=Message.Kind.REMINDER, state__in=LEFT)
        addresses = {due.person.email for due in dues if due.person is not None}
        lately = left.filter(created_at__gt=self.now - timedelta(days=2), to_address__in=addresses)
        self.left_keys.update(lately.values_list("key", flat=True))

    def run(self) -> list[Line]:
        if self.queue and self.queue[0][0] > self.now:
            self._let_leave(self.now)
        while self.queue and self.queue[0][0] < self.until:
            at = self.queue[0][0]
            batch = []
            while self.queue and self.queue[0][0] == at:
                batch.append(heapq.heappop(self.queue)[2])
            self._decide(batch, at)
        for at, _pk, due in self.queue:
            if any(move.reason not in REPLANNED for move in self.moves.get(due.pk, ())):
                self._end(due, at, Fate.LATER, due.held)  # what is planned for later anyway is no news
        return sorted(self.lines, key=attrgetter("at", "due.pk"))

    def _decide(self, batch: Sequence[Due], at: datetime) -> None:
        for due in batch:
            self._forget_old(due, at)
        sends: dict[str, list[tuple[Due, Send]]] = {}
        for due, verdict in [(due, judge(due, self.facts, now=at)) for due in batch]:
            if isinstance(verdict, Finish):
                is_suppressed = verdict.state == FollowUp.State.SUPPRESSED
                due.state = verdict.state
                self._end(due, at, Fate.SUPPRESSED if is_suppressed else Fate.CANCELLED, verdict.reason)
            elif isinstance(verdict, Hold):
                self._hold(due, at, verdict)
            else:
                sends.setdefault(self._key(due, verdict), []).append((due, verdict))
        for key, group in sends.items():
            self._send(key, group, at)
        self._let_leave(at)

    def _key(self, due: Due, send: Send) -> str:
        if send.is_alone or send.channel != Touch.Channel.MAIL:
            return f"fu:{due.pk}"
        waiting = self.facts.pending.get(send.mailbox)
        return waiting.key if waiting is not None else digest_key(send)

    def _send(self, key: str, group: Sequence[tuple[Due, Send]], at: datetime) -> None:
        if key in self.left_keys:
            for due, send in group:
                self._hold(due, at, Hold(next_day(at, send.hours), Reason.DAILY_CAP))
            return
        joins = any(waiting.key == key for waiting in self.facts.pending.values())
        for number, (due, send) in enumerate(group):
            is_merged = joins or number > 0
            due.state, due.finished_at = FollowUp.State.DECIDED, at
            self._end(
                due, at, Fate.MERGED if is_merged else Fate.SENT, Reason.MERGED if is_merged else Reason.SENT_ALONE
            )
            if not is_merged and send.channel == Touch.Channel.MAIL:
                self.sent_keys.add(key)
                if not send.is_alone:
                    self.facts.accepted.setdefault(send.mailbox, []).append(at)
        self.left_keys.add(key)

    def _hold(self, due: Due, at: datetime, hold: Hold) -> None:
        is_planned_as_before = hold.reason in REPLANNED and hold.until == self.was_due.get(due.pk, hold.until)
        if not is_planned_as_before:
            self.moves.setdefault(due.pk, []).append(Move(at, hold.reason))
        due.due_at, due.reason, due.held = max(hold.until, at + AT_LEAST), hold.reason, hold.reason
        self._tell_siblings(due)
        heapq.heappush(self.queue, (due.due_at, due.pk, due))

    def _end(self, due: Due, at: datetime, fate: Fate, reason: str) -> None:
        self.lines.append(Line(due, at, fate, str(reason), tuple(self.moves.get(due.pk, ()))))
        self._tell_siblings(due)

    def _tell_siblings(self, due: Due) -> None:
        """Keep what the step's other touches see of this one."""
        if due.progress_id is None:
            return
        is_sent = due.state == FollowUp.State.DECIDED
        ours = self.siblings.setdefault(due.progress_id, {})
        ours[due.pk] = Sibling(
            due.kind,
            due.channel,
            due.contact_id,
            due.member_id,
            due.episode,
            due.offset,
            due.state,
            due.due_at,
            Message.State.ACCEPTED if is_sent else None,
            due.finished_at if is_sent else None,
        )
        self.facts.siblings[due.progress_id] = list(ours.values())

    def _let_leave(self, at: datetime) -> None:
        """Reminders that waited have left."""
        for mailbox, waiting in list(self.facts.pending.items()):
            self.facts.accepted.setdefault(mailbox, []).append(at)
            self.left_keys.add(waiting.key)
            del self.facts.pending[mailbox]

    def _forget_old(self, due: Due, at: datetime) -> None:
        if due.person is not None:
            mailbox: MailboxKey = (due.vendor_id, due.person.email.lower())
            times = self.facts.accepted.get(mailbox)
            if times:
                times[:] = [time for time in times if time > at - WEEK]
