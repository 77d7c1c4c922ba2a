"""A vendor's cadences: what it starts with, which one is in force where, and when its touches fall due."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import transaction

from followups.engine.levels import Level, Place, nearest
from followups.models import Cadence, Message, Touch
from followups.models.cadence import TouchRule
from partners.hours import Hours, after_elapsed, after_working, into_window
from partners.models import Vendor

NO_POLICY = 0  # of what is to be planned anew; vendors count theirs from 1
STILL_OPEN = "remind-48h"  # the second: it has its own words
# (kind, hours on the clock after a step opens)
DEFAULT_TOUCHES = (("remind-24h", 24), (STILL_OPEN, 48))
# Of no cadence, so no change of cadence takes them away: what a partner asked for by "remind me later", the mail that
# greets a partner who was accepted, and the answer to one who was stuck. They go to whom they were planned for, whoever
# does the step.
ASKED_FOR = "asked-for"
WELCOME = "welcome"
ANSWER = "answer"
CONFIDENCE = "confidence"  # the remorse check: of an enrollment, and of no step
# What Firstline says at the bell of its own accord: to whoever leads a partner that is stuck.
STUCK = "stuck"
NOTICES = (STUCK,)
OF_NO_CADENCE = (ASKED_FOR, WELCOME, ANSWER, CONFIDENCE, *NOTICES)
# Each is a mail of its own, at any waking hour, and no cap counts it: nothing that nags.
OWN_MAILS: Mapping[str, Message.Kind] = {WELCOME: Message.Kind.GREETING, ANSWER: Message.Kind.ANSWER}

LEVEL = ("vendor_id", "playbook_id", "stage_key", "step_key")
COLUMNS = ("kind", "after_hours", "basis", "to", "role", "condition", "channel", "is_active")
TOUCHES = Cadence.objects.order_by("pk", "touches__after_hours", "touches__pk").values_list(
    "made_at", *LEVEL, *(f"touches__{name}" for name in COLUMNS)
)


@dataclass(frozen=True, slots=True)
class Timing:
    """One touch's delay, without the row: what a due time is computed from."""

    kind: str
    delay: timedelta
    is_working: bool
    channel: str = Touch.Channel.MAIL.value

    @property
    def at_any_hour(self) -> bool:
        """Nobody reads it."""
        return self.channel == Touch.Channel.WEBHOOK


class Rule(NamedTuple):
    """A touch without its row and its words: all that planning and deciding look at."""

    to: str
    role: str
    condition: str
    channel: str
    timing: Timing

    @classmethod
    def of(cls, touch: TouchRule) -> "Rule":
        told = (touch.kind, touch.after_hours, touch.basis, touch.to, touch.role, touch.condition, touch.channel)
        return cls.made(*told)

    @classmethod
    @lru_cache(maxsize=4096)  # most vendors have the touches that all begin with
    def made(cls, kind: str, hours: int, basis: str, to: str, role: str, condition: str, channel: str) -> "Rule":
        timing = Timing(kind, timedelta(hours=hours), basis == Touch.Basis.WORKING, channel)
        return cls(to, role, condition, channel, timing)

    @property
    def is_mail(self) -> bool:
        """To somebody at the partner."""
        return (self.to, self.channel) == (Touch.To.PARTNER, Touch.Channel.MAIL)

    def audience(self, role: str) -> tuple[str, str]:
        """At a step for this ``role`` at the partner, which a touch that names one itself does not follow.

        Touches with the same go to the same person; those of one channel keep their distance from each other.
        """
        return self.to, self.role or (role if self.to == Touch.To.PARTNER else "")


@dataclass(frozen=True)
class Cadences:
    """The rules of some vendors, by whom they are for. The nearest hold alone, even if there are none."""

    rules: Mapping[Level, Sequence[Rule]]
    since: Mapping[Level, datetime | None] = field(default_factory=dict)  # when each came to be, where that is known

    @cached_property
    def narrow(self) -> frozenset[int]:
        """Vendors with touches for single stages or steps."""
        return frozenset(level.vendor for level in self.rules if level.is_narrow)

    def level(self, vendor_id: int, place: Place) -> Level:
        """Whose rules hold there."""
        return nearest(self.rules, vendor_id, place, is_narrow=vendor_id in self.narrow)

    def of(self, vendor_id: int, place: Place) -> Sequence[Rule]:
        return self.rules.get(self.level(vendor_id, place), ())

    def rule(self, vendor_id: int, place: Place, kind: str) -> Rule | None:
        return next((rule for rule in self.of(vendor_id, place) if rule.timing.kind == kind), None)

    def instead(self, level: Level, rules: Sequence[Rule] | None) -> "Cadences":
        """The same, with one cadence exchanged for what it may become; None: for nothing, so that a wider one holds."""
        others = {each: theirs for each, theirs in self.rules.items() if each != level}
        return Cadences(others if rules is None else {**others, level: rules}, self.since)

    @cached_property
    def roles(self) -> frozenset[str]:
        """At the partner, that touches name."""
        return frozenset(rule.role for rules in self.rules.values() for rule in rules if rule.role)

    @cached_property
    def has_conditions(self) -> bool:
        return any(rule.condition for rules in self.rules.values() for rule in rules)


def cadences_of(vendor_ids: Collection[int]) -> Cadences:
    """What is in force at these vendors, in one query."""
    found: dict[Level, list[Rule]] = defaultdict(list)
    since: dict[Level, datetime | None] = {}
    for made_at, vendor_id, playbook_id, stage, step, *touch, is_active in TOUCHES.filter(vendor__among=vendor_ids):
        level = Level(vendor_id, playbook_id, stage, step)
        since[level], rules = made_at, found[level]
        if is_active:  # None where a cadence has no touch at all
            rules.append(Rule.made(*touch))
    return Cadences(found, since)


@transaction.atomic
def make_default_cadence(*, vendor: Vendor, now: datetime) -> Cadence:
    """The cadence every vendor starts with: a reminder after 24 hours and one after 48. Twice does nothing twice."""
    cadence, made = Cadence.objects.get_or_create(vendor=vendor, playbook=None, defaults={"changed_at": now})
    if made:
        Touch.objects.bulk_create(
            Touch(cadence=cadence, kind=kind, after_hours=hours) for kind, hours in DEFAULT_TOUCHES
        )
    return cadence


def due_times(timings: Iterable[Timing], *, anchor: datetime, hours: Hours) -> dict[str, datetime]:
    """When each touch falls due for one person, by kind.

    A touch that its window delays takes the later ones of its channel with it, so that two mails never fall on the same
    morning: what was due on Saturday and Sunday is due on Monday and Tuesday. A note or a call delays no mail. What
    nobody reads keeps its own hour.
    """
    due: dict[str, datetime] = {}
    last: dict[str, tuple[datetime, Timing]] = {}  # by channel
    for timing in sorted(timings, key=lambda each: each.delay):
        if timing.at_any_hour and not timing.is_working:
            due[timing.kind] = anchor + timing.delay
            continue
        count = after_working if timing.is_working else after_elapsed
        at = count(anchor, delay=timing.delay, hours=hours)
        before = last.get(timing.channel)
        if before is not None and timing.delay > before[1].delay and not timing.at_any_hour:
            at = max(at, into_window(before[0] + (timing.delay - before[1].delay), hours))
        due[timing.kind] = at
        last[timing.channel] = at, timing
    return due
