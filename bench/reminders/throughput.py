"""How much of each step of the protocol fits into a second, and how much the database or the line alone could do."""

import statistics
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from bench.reminders import clock, raw_smtp, replay, sink, work, world
from bench.reminders.alternating import Batch, Plan, alternate, sides_of
from bench.reminders.crew import Shift, together
from bench.reminders.figures import Part
from bench.reminders.sizes import Sizes
from followups.engine import claiming
from followups.engine.deciding import BATCH, decide_batch
from followups.engine.sending import send_batch
from followups.models import Message

WORKERS = 2
WARM_UP = 400
ROUNDS = 5  # in which ours and the raw line take turns
OF_THE_RAW_SQL, OF_THE_RAW_SMTP, MAILS_A_SECOND = 0.5, 0.6, 300.0


def decide(part: Part, sizes: Sizes) -> None:
    """Due follow-ups become messages, in batches of 200."""
    plans = _plans(sizes, sizes.decide, batch=BATCH)
    here = world.build(WARM_UP + sum(plan.rows(batch=BATCH, processes=count) for count, plan in plans.items()))
    here.make_due(WARM_UP, at=clock.START)
    decide_batch(now=clock.now())
    script = replay.record(lambda: decide_batch(now=clock.now()), steps=world.steps())
    for processes, plan in plans.items():
        here.make_due(plan.rows(batch=BATCH, processes=processes), at=clock.START)
        share = _compare(part, "decided", processes, make=work.decider, script=script, plan=plan)
        part.at_least(f"deciding with {processes}, of the raw SQL", share, OF_THE_RAW_SQL)


def claim(part: Part, sizes: Sizes) -> None:
    """Messages are claimed in batches of 200, and finished by primary key and fence."""
    here = world.build(sizes.claim)
    here.make_ready(BATCH, at=clock.START)
    script = replay.record(lambda: work.claim_and_finish_batch(BATCH), steps=world.steps())
    for processes, plan in _plans(sizes, sizes.claim, batch=BATCH).items():
        here.make_ready(plan.rows(batch=BATCH, processes=processes), at=clock.START)
        _compare(part, "claimed and finished", processes, make=work.claimer, script=script, plan=plan)


def send(part: Part, sizes: Sizes) -> None:
    """The whole path of a mail with its two commits, but for the line: the server takes everything at once."""
    plans = _plans(sizes, sizes.send, batch=claiming.BATCH)
    rows = {count: plan.rows(batch=claiming.BATCH, processes=count) for count, plan in plans.items()}
    here = world.build(WARM_UP + sum(rows.values()))
    _make_mails(here, WARM_UP)
    lines = work.nowhere(sizes.lines)
    later = clock.START + timedelta(hours=1)  # as far as the script is concerned, all mails written below may leave
    script = replay.record(lambda: send_batch(now=later, transport=lines), steps=world.steps())
    for processes, plan in plans.items():
        _make_mails(here, rows[processes])
        make = partial(work.sender, lines=sizes.lines)
        _compare(part, "sent nowhere", processes, make=make, script=script, plan=plan)


def mail(part: Part, sizes: Sizes) -> None:
    """Real mails to a server that takes everything as fast as it can, over the connections that a worker keeps."""
    ways = (1, WORKERS)
    rounds = max(1, min(ROUNDS, sizes.mail // WARM_UP))
    each = sizes.mail // rounds
    mails = rounds * sum(each + count * (2 * claiming.BATCH) for count in ways)  # a batch to warm up, and one to spare
    here = world.build(mails + WARM_UP)
    _make_mails(here, mails)
    ours: dict[int, list[Mailed]] = {count: [] for count in ways}
    raw: dict[int, list[Mailed]] = {count: [] for count in ways}
    with sink.running() as server, sink.running() as other:
        for _ in range(rounds):
            for count in ways:
                given = {"url": server.url, "lines": sizes.lines, "mails": each // count}
                ours[count].append(Mailed.of(together(count, work.send_mail, **given)))
                raw[count].append(_mailed_plainly(other.port, count, each))
        stats = server.stats()
    for count in ways:
        part.say(f"mailed by {count}: {_told(ours[count])}")
        part.say(f"  raw SMTP over {count}: {_told(raw[count])}")
        part.say(f"  of it {_share(ours[count], raw[count]):.0%}")
    size = f"{stats.bytes / stats.mails / 1000:.1f} kB a mail"
    part.say(f"{stats.mails:,} mails over {stats.connections} connections in {rounds} rounds, {size}")
    part.at_most("mails that came twice", stats.twice, 0)
    part.at_least(f"mails/s end to end with {WORKERS} workers", _median(ours[WORKERS]), MAILS_A_SECOND)
    part.at_least("the same, of the raw SMTP over one line", _share(ours[WORKERS], raw[1]), OF_THE_RAW_SMTP)


class Mailed(NamedTuple):
    """One round of one way."""

    rate: float  # mails/s
    cpu: float  # ms of a process a mail

    @classmethod
    def of(cls, shift: Shift) -> "Mailed":
        count = sum(shift.results)
        return cls(count / shift.seconds, 1000 * shift.cpu / count)


def _mailed_plainly(port: int, lines: int, mails: int) -> Mailed:
    """The words of a mail that has left, without anything of the engine."""
    written = Message.objects.exclude(html="").latest("pk")
    words = {"text": written.text, "html": written.html}
    return Mailed.of(together(lines, raw_smtp.send_plainly, port=port, mails=mails // lines, **words))


def _median(rounds: Sequence[Mailed]) -> float:
    return statistics.median(each.rate for each in rounds)


def _share(ours: Sequence[Mailed], raw: Sequence[Mailed]) -> float:
    """The median of what was measured one after the other."""
    return statistics.median(one.rate / ceiling.rate for one, ceiling in zip(ours, raw, strict=True))


def _told(rounds: Sequence[Mailed]) -> str:
    rates = [each.rate for each in rounds]
    cpu = statistics.median(each.cpu for each in rounds)
    return f"{_median(rounds):,.0f} mails/s ({min(rates):,.0f} to {max(rates):,.0f}; {cpu:.2f} ms of a process a mail)"


def _make_mails(here: world.World, count: int) -> None:
    here.make_due(count, at=clock.START)
    together(WORKERS, work.decide)
    world.settle()


def _plans(sizes: Sizes, rows: int, *, batch: int) -> dict[int, Plan]:
    return {processes: Plan.of(rows, batch=batch, processes=processes) for processes in sizes.processes}


def _compare(
    part: Part, what: str, processes: int, *, make: Callable[[], Batch], script: replay.Script, plan: Plan
) -> float:
    """Print both sides; returns our share of the raw rate, the median of all pairs."""
    ours, raw = sides_of(together(processes, alternate, make=make, script=script, plan=plan))
    shares = [one / ceiling for one, ceiling in zip(ours.rates, raw.rates, strict=True)]
    part.say(f"{what} by {processes}: {ours}")
    part.say(f"  raw SQL: {raw}")
    share = statistics.median(shares)
    part.say(f"  of it {share:.0%} ({min(shares):.0%} to {max(shares):.0%} in {len(shares)} pairs)")
    return share
