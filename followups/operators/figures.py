"""How the engine is doing, in figures: each read by a partial index or by the newest keys, and bounded.

No query here takes longer with a larger archive: what is counted is what waits, and no further than ``COUNTED``;
what is looked back at is the ``RECENT`` last attempts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from followups.engine.resolving import unresolved
from followups.models import Attempt, FollowUp, Message, Pause, Webhook

COUNTED = 100_000  # "at least that many": who has so many waiting needs no exact number
RECENT = 2_000
A_DAY = timedelta(days=1)
QUANTILES = (0.5, 0.95, 0.99)
WEBHOOK = "webhook"  # Message.channel
HELD = (Message.State.CLAIMED, Message.State.SENDING)
WELL = (Attempt.Outcome.ACCEPTED, Attempt.Outcome.CANCELLED, Attempt.Outcome.ARRIVED, Attempt.Outcome.AGAIN)


@dataclass(frozen=True, slots=True)
class Failure:
    """What attempts of the last day came to, by outcome and reply code."""

    outcome: str
    code: int | None
    count: int
    example: str  # what the server said last

    @property
    def label(self) -> str:
        return str(Attempt.Outcome(self.outcome).label)


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds between falling due and being decided, and being accepted; by quantile. Empty when nothing was sent."""

    decided: dict[float, float]
    sent: dict[float, float]
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    due: int  # follow-ups that fell due and are not decided
    oldest_due: datetime | None
    ready: dict[str, int]  # mails that may leave now, by kind
    webhooks: int  # that may be posted now; not those of a receiver that rests, is paused or switched off
    webhooks_off: int  # vendors whose webhook Firstline itself switched off
    oldest_ready: datetime | None
    oldest_webhook: datetime | None
    in_hand: int  # claimed or being sent
    unknown: int
    paused: int  # vendors
    outcomes: dict[str, int]  # of the recent attempts at mails
    webhook_outcomes: dict[str, int]  # and at webhooks
    failures: list[Failure]
    lateness: Lateness
    last_accepted: datetime | None

    @property
    def all_ready(self) -> int:
        return sum(self.ready.values())

    def waiting_for(self, now: datetime) -> timedelta:
        """How late the engine is at this moment: the age of the oldest thing that should have happened."""
        oldest = [at for at in (self.oldest_due, self.oldest_ready, self.oldest_webhook) if at is not None]
        return max([now - at for at in oldest], default=timedelta())


def figures(*, now: datetime) -> Figures:
    """All of them, in eighteen queries."""
    due = FollowUp.objects.due(now=now)
    ready = {kind: Message.objects.filter(state="ready", kind=kind, not_before__lte=now) for kind in _kinds()}
    webhooks = _webhooks(now)
    recent = _recent_attempts(now)
    # What a vendor's own system answers is no news about our mails.
    attempts = [one for one in recent if one.channel != WEBHOOK]
    firsts = [one.order_by("not_before").values_list("not_before", flat=True).first() for one in ready.values()]
    return Figures(
        due=_count(due),
        oldest_due=due.order_by("due_at", "pk").values_list("due_at", flat=True).first(),
        ready={kind: _count(rows) for kind, rows in ready.items()},
        webhooks=_count(webhooks),
        webhooks_off=Webhook.objects.exclude(off_at=None).count(),
        oldest_webhook=webhooks.order_by("not_before").values_list("not_before", flat=True).first(),
        oldest_ready=min((at for at in firsts if at is not None), default=None),
        in_hand=_count(Message.objects.filter(state__in=HELD, lease_until__isnull=False)),
        unknown=_count(unresolved(now=now)),
        paused=Pause.objects.in_force().count(),
        outcomes=dict(Counter(one.outcome for one in attempts)),
        webhook_outcomes=dict(Counter(one.outcome for one in recent if one.channel == WEBHOOK)),
        failures=_failures(attempts),
        lateness=_lateness([one.message for one in attempts if one.outcome == "accepted"]),
        last_accepted=next((one.at for one in attempts if one.outcome == "accepted"), None),
    )


def _kinds() -> list[str]:
    """Of mails. A webhook that is tried out is counted with the account mails; it is one, and over in a moment."""
    return [kind.value for kind in Message.Kind if kind != Message.Kind.TOUCH]


def _webhooks(now: datetime) -> QuerySet[Message]:
    """Read by an index that holds what is ready of webhooks alone, vendor by vendor that has one."""
    awake = Webhook.objects.switched_on().filter(Q(rest_until=None) | Q(rest_until__lte=now))
    paused = Pause.objects.in_force().values("vendor")
    told = awake.exclude(vendor__in=paused).values("vendor")
    return Message.objects.filter(state="ready", channel="webhook", not_before__lte=now, vendor__in=told)


def _count(rows: "QuerySet[FollowUp] | QuerySet[Message]") -> int:
    return rows.order_by()[:COUNTED].count()


class Tried(NamedTuple):
    outcome: str
    code: int | None
    said: str
    message: int
    channel: str
    at: datetime


def _recent_attempts(now: datetime) -> list[Tried]:
    """The newest first: outcome, reply code, what the server said, the message, when. None older than a day."""
    columns = ("outcome", "code", "response", "message_id", "message__channel", "at")
    rows = map(Tried._make, Attempt.objects.order_by("-pk").values_list(*columns)[:RECENT])
    return [row for row in rows if row.at > now - A_DAY]


def _failures(attempts: Sequence[Tried]) -> list[Failure]:
    counts: Counter[tuple[str, int | None]] = Counter()
    examples: dict[tuple[str, int | None], str] = {}
    for one in attempts:
        if one.outcome not in WELL:
            counts[one.outcome, one.code] += 1
            examples.setdefault((one.outcome, one.code), one.said)
    return [Failure(*which, count, examples[which]) for which, count in counts.most_common()]


def _lateness(messages: Sequence[int]) -> Lateness:
    rows = FollowUp.objects.filter(message__in=messages, state=FollowUp.State.DECIDED, message__state="accepted")
    moments = list(rows.values_list("due_at", "finished_at", "message__finished_at")) if messages else []
    decided = [(at - due).total_seconds() for due, at, _sent in moments if at is not None]
    sent = [(at - due).total_seconds() for due, _decided, at in moments if at is not None]
    return Lateness(_quantiles(decided), _quantiles(sent), len(moments))


def _quantiles(seconds: list[float]) -> dict[float, float]:
    """By the nearest rank: a value that was really met."""
    ranked = sorted(max(value, 0.0) for value in seconds)
    return {share: ranked[min(int(share * len(ranked)), len(ranked) - 1)] for share in QUANTILES} if ranked else {}
