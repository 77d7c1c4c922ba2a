"""What came of the notes and calls, by what was fed, what workers and partners said, and what lies in the tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bench.havoc import witness
from bench.havoc.plan import State
from bench.reminders import world
from followups.models import FollowUp, Notification, Task
from partners.models import Contact
from playbooks.models import Progress


@dataclass(frozen=True)
class Delivered:
    """A row that is there: a note, or a call."""

    followup: int
    contact: int


@dataclass
class Touches:
    """Of the follow-ups that are no mail: everything by the key of the follow-up."""

    told: dict[int, float] = field(default_factory=dict)  # when a worker last was about to commit it
    tries: Counter[int] = field(default_factory=Counter)  # how often one was
    there: Counter[int] = field(default_factory=Counter)  # how often one saw it committed
    done: Mapping[int, float] = field(default_factory=dict)  # by the key of the step
    fed: dict[int, str] = field(default_factory=dict)  # its channel
    rows: dict[str, list[Delivered]] = field(default_factory=dict)  # by channel
    states: dict[int, str] = field(default_factory=dict)
    steps: int = 1  # of each playbook

    @classmethod
    def found(cls, state: State, *, done: Mapping[int, float]) -> "Touches":
        it = cls(done=done, steps=world.steps())
        it.hear(witness.told("workers"))
        fed = max(state.fed, FollowUp.objects.filter(kind=world.FIRST).count())  # a piece may have ended out of order
        numbered = ((world.DUE + number, state.plan.channel(number)) for number in range(1, fed + 1))
        it.fed = {followup: channel for followup, channel in numbered if channel != "mail"}
        it.rows = {
            "in-app": _rows(Notification),
            "call": _rows(Task),
        }
        followups = FollowUp.objects.filter(kind=world.FIRST).exclude(channel="mail")
        it.states = dict(followups.values_list("pk", "state"))
        return it

    def hear(self, workers: Iterable[list[str]]) -> None:
        for what, at, _, *about in workers:
            if what == "told":
                self.told |= dict.fromkeys(map(int, about), float(at))
                self.tries.update(map(int, about))
            elif what == "there":
                self.there.update(map(int, about))

    @property
    def all_rows(self) -> list[Delivered]:
        return [row for rows in self.rows.values() for row in rows]

    def findings(self) -> Iterator[tuple[str, list[str]]]:
        """What is demanded of them, and the examples against it."""
        rows = self.all_rows
        yield "notes and calls committed more than once", [str(pk) for pk, count in self.there.items() if count > 1]
        yield "notes and calls not once there for each that was decided", list(self._miscounted())
        gone = self.there.keys() - {row.followup for row in rows}
        yield "notes and calls that were committed and are gone", sorted(map(str, gone))
        unheard = [str(row.followup) for row in rows if row.followup not in self.told]
        yield "notes and calls of which no worker has told", unheard
        strange = [str(row.followup) for row in rows if row.contact != _of(row.followup, world.BASES[Contact])]
        yield "notes and calls for somebody else", strange
        late = [str(row.followup) for row in rows if self._was_done_before(row.followup)]
        yield "notes and calls after a completion that committed before the decision", late

    def _miscounted(self) -> Iterator[str]:
        """Each that was fed is there once, and under its own channel, if it was decided; and else not at all."""
        counts: dict[str, Counter[int]] = defaultdict(Counter)
        for name, rows in self.rows.items():
            counts[name].update(row.followup for row in rows)
        for followup in self.fed.keys() | self.states.keys():
            channel, state = self.fed.get(followup), self.states.get(followup)
            found = {name: count[followup] for name, count in counts.items() if count[followup]}
            if channel is None or state is None:
                yield f"{followup} fed as {channel} and {state}"
            elif found != ({channel: 1} if state == FollowUp.State.DECIDED else {}):
                yield f"{followup} {state} as {channel}, there: {found}"

    def _was_done_before(self, followup: int) -> bool:
        step = _of(followup, world.BASES[Progress], each=self.steps)
        return step in self.done and self.done[step] < self.told.get(followup, 0.0)


def _rows(model: type[Notification | Task]) -> list[Delivered]:
    """Those that came of a follow-up."""
    rows = model._default_manager.filter(followup__isnull=False).values_list("followup", "contact")
    return [Delivered(*row) for row in rows]


def _of(followup: int, base: int, *, each: int = 1) -> int:
    """The key of what belongs to a follow-up: the world numbers them alike."""
    return base + (followup - world.DUE) * each
