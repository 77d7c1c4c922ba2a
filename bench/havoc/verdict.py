"""What the witnesses and the database say together: whether anything was lost, doubled, or sent too late."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.havoc import witness
from bench.havoc.delivered import Touches
from bench.havoc.plan import State
from followups.engine.mime import message_id
from followups.models import FollowUp, Message
from followups.models.cadence import TouchRule

ALL_FINAL = "rows not final after quiet"
SOON = 30.0  # seconds within which an injury that ended a send came


@dataclass(frozen=True)
class Mark:
    at: float
    pid: str
    address: str


@dataclass
class Testimony:
    """What was written down while it happened."""

    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # fates, by Message-ID
    unclear: set[str] = field(default_factory=set)
    marked_at: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by Message-ID
    interrupted: list[Mark] = field(default_factory=list)
    done: dict[int, float] = field(default_factory=dict)  # when a step was completed
    injuries: list[tuple[str, float, float, str]] = field(default_factory=list)
    killed_deciding: int = 0

    @classmethod
    def heard(cls) -> "Testimony":
        it = cls()
        for fate, _, name in witness.told("server"):
            if fate == "unclear":
                it.unclear.add(name)
            else:
                it.texts[name].append(fate)
        it._hear_workers()
        for _, at, step in witness.told("people"):
            it.done[int(step)] = float(at)
        for kind, began, ended, pid, *point in witness.told("storm"):
            it.killed_deciding += bool(point)
            it.injuries.append((kind, float(began), float(ended), pid))
        return it

    def _hear_workers(self) -> None:
        """A worker sends one wave at a time: marks that are followed by later ones, or by nothing, were interrupted."""
        on_the_lines: dict[str, list[Mark]] = defaultdict(list)
        for what, at, pid, *about in witness.told("workers"):
            if what == "mark":
                mark, of_before = Mark(float(at), pid, about[0]), on_the_lines[pid]
                if of_before and of_before[0].at != mark.at:
                    self.interrupted += on_the_lines.pop(pid)
                on_the_lines[pid].append(mark)
            elif what == "data":
                self.marked_at[about[0]].append(float(at))
            elif what == "over":
                on_the_lines.pop(pid, None)
        self.interrupted += [mark for marks in on_the_lines.values() for mark in marks]

    def explains(self, mark: Mark) -> bool:
        return any(self._could_have(mark, *injury) for injury in self.injuries)

    def _could_have(self, mark: Mark, kind: str, began: float, ended: float, pid: str) -> bool:
        if kind in ("flush", "ended") or (kind in ("kill", "pause") and pid != mark.pid):
            return False
        return began - SOON <= mark.at <= ended + 1 and ended >= mark.at - 1


@dataclass(frozen=True)
class Demand:
    what: str
    found: int
    at_most: int
    examples: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.found <= self.at_most

    def __str__(self) -> str:
        few = f": {', '.join(self.examples[:5])}" if self.examples and not self.holds else ""
        return f"{'holds' if self.holds else 'FAILS'}  {self.what}: {self.found:,} (at most {self.at_most:,}){few}"


def examine(state: State) -> tuple[list[str], list[Demand]]:
    """What there was, and the demands on it; that all is final is demanded at the end alone."""
    heard = Testimony.heard()
    mails = Message.objects.filter(channel=TouchRule.Channel.MAIL)
    messages = {message_id(key): (pk, state) for pk, key, state in mails.values_list("pk", "key", "state")}
    demands = list(_demands(heard, messages))
    touches = Touches.found(state, done=heard.done)
    demands += [Demand(what, len(found), 0, found) for what, found in touches.findings()]
    account = [*_account(heard), *_account_of(touches)]
    return account, [one for one in demands if state.is_over or one.what != ALL_FINAL]


def _account(heard: Testimony) -> Iterator[str]:
    kinds = Counter(kind for kind, *_ in heard.injuries)
    yield f"{kinds['kill']:,} workers killed, {kinds['pause']:,} held up for longer than the lease"
    yield f"{heard.killed_deciding:,} of the killed were just deciding"
    yield f"{kinds['crash']:,} crashes of PostgreSQL, {kinds['flush']:,} of Valkey with FLUSHALL"
    yield f"{kinds['ended']:,} workers ended by themselves"
    fates = Counter(fate for texts in heard.texts.values() for fate in texts)
    yield f"the mail server kept {fates['kept']:,} texts, refused {fates['refused']:,}, lost {fates['lost']:,}"
    yield f"and left the sender without an answer {len(heard.unclear):,} times"
    yield f"{len(heard.done):,} steps completed, most while their reminder was about to leave"
    states = Counter(FollowUp.objects.values_list("state", flat=True))
    yield "follow-ups: " + ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
    states = Counter(Message.objects.filter(channel=TouchRule.Channel.MAIL).values_list("state", flat=True))
    yield "mails: " + ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))


def _account_of(touches: Touches) -> Iterator[str]:
    counts = {channel: len(rows) for channel, rows in touches.rows.items()}
    yield f"{counts['in-app']:,} notes at the bell and {counts['call']:,} calls, of {len(touches.fed):,} asked for"
    again = sum(count > 1 for count in touches.tries.values())
    unseen = len({row.followup for row in touches.all_rows} - touches.there.keys())
    yield f"{again:,} of them decided anew after a commit that failed, {unseen:,} by a worker that died in it"


def _demands(heard: Testimony, messages: dict[str, tuple[int, str]]) -> Iterator[Demand]:
    twice = [name for name, fates in heard.texts.items() if fates.count("kept") > 1]
    yield Demand("Message-IDs accepted twice", len(twice), 0, twice)
    again = [name for name, fates in heard.texts.items() if set(fates[:-1]) & {"kept", "lost"}]
    yield Demand("sent again after anything but a refusal", len(again), 0, again)
    yield Demand(ALL_FINAL, _unfinished(), 0)
    late = list(_sent_after_done(heard, messages))
    yield Demand("sent after a completion that committed before the mark", len(late), 0, late)
    unknown = {name for name, (_, state) in messages.items() if state == Message.State.UNKNOWN}
    allowed = len(heard.unclear) + len(heard.interrupted)
    yield Demand("unknown, of injected ambiguities and interrupted sends", len(unknown), allowed)
    unexplained = list(_unexplained(heard, unknown))
    yield Demand("unknown that nothing explains", len(unexplained), 0, unexplained)
    untrue = [name for name, (_, state) in messages.items() if not _agree(heard.texts.get(name, []), state)]
    yield Demand("messages of which server and database say different things", len(untrue), 0, untrue)


def _unfinished() -> int:
    open_messages = Message.objects.filter(state__in=["ready", "claimed", "sending"])
    return FollowUp.objects.scheduled().count() + open_messages.count()


def _sent_after_done(heard: Testimony, messages: dict[str, tuple[int, str]]) -> Iterator[str]:
    carried: dict[int, list[int]] = defaultdict(list)
    rows = FollowUp.objects.filter(state=FollowUp.State.DECIDED, progress__in=list(heard.done))
    for message, step in rows.values_list("message", "progress"):
        carried[message or 0].append(step or 0)
    for name, marks in heard.marked_at.items():
        pk, _ = messages[name]
        for step in carried.get(pk, []):
            if any(heard.done[step] < mark for mark in marks):
                yield f"{name} about step {step}"


def _unexplained(heard: Testimony, unknown: set[str]) -> Iterator[str]:
    """Neither did the server leave it open, nor was its sender injured while sending it."""
    addresses = dict(Message.objects.filter(state="unknown").values_list("key", "to_address"))
    injured = {mark.address for mark in heard.interrupted if heard.explains(mark)}
    for key, address in addresses.items():
        name = message_id(key)
        if name in unknown and name not in heard.unclear and address not in injured:
            yield f"{name} to {address}"


def _agree(fates: list[str], state: str) -> bool:
    """What the database calls accepted was kept, and what was kept is accepted or unknown there, or will be.

    A worker that ends between the answer and its record leaves one that is being sent; ``ALL_FINAL`` asks at the end.
    """
    if state == Message.State.ACCEPTED:
        return "kept" in fates
    return "kept" not in fates or state in {Message.State.UNKNOWN, Message.State.SENDING}
