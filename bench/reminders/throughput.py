"""How much of each step of the protocol fits into a second, and how much the database or the line alone could do."""

import statistics
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bench.reminders import clock, raw_smtp, replay, sink, work, world
from bench.reminders.alternating import Batch, Plan, alternate, sides_of
from bench.reminders.crew import together
from bench.reminders.figures import Part
from bench.reminders.sizes import Sizes
from followups.engine import claiming
from followups.engine.deciding import BATCH, decide_batch
from followups.engine.sending import send_batch
from followups.models import Message

WORKERS = 2
WARM_UP = 400
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
    here = world.build((1 + WORKERS) * sizes.mail + WARM_UP)
    ours = {workers: _mailed(part, here, workers, sizes) for workers in (1, WORKERS)}
    raw = {lines: _mailed_plainly(part, lines, sizes.mail) for lines in (1, WORKERS)}
    part.say(f"of as many raw lines: {ours[1] / raw[1]:.0%} with 1, {ours[WORKERS] / raw[WORKERS]:.0%} with {WORKERS}")
    part.at_least(f"mails/s end to end with {WORKERS} workers", ours[WORKERS], MAILS_A_SECOND)
    part.at_least("the same, of the raw SMTP over one line", ours[WORKERS] / raw[1], OF_THE_RAW_SMTP)


def _mailed(part: Part, here: world.World, workers: int, sizes: Sizes) -> float:
    _make_mails(here, sizes.mail)
    with sink.running() as server:
        shift = together(workers, work.send_mail, url=server.url, lines=sizes.lines)
        stats = server.stats()
    rate: float = sum(shift.results) / shift.seconds
    cost = f"{shift.cpu / stats.mails * 1000:.2f} ms of a worker and {stats.bytes / stats.mails / 1000:.1f} kB a mail"
    part.say(f"mailed by {workers}: {rate:,.0f} mails/s, {stats.connections} connections, {cost}")
    part.at_most("mails that came twice", stats.twice, 0)
    return rate


def _mailed_plainly(part: Part, lines: int, mails: int) -> float:
    written = Message.objects.exclude(html="").latest("pk")
    with sink.running() as server:
        words = {"text": written.text, "html": written.html}
        shift = together(lines, raw_smtp.send_plainly, port=server.port, mails=mails // lines, **words)
    rate: float = sum(shift.results) / shift.seconds
    cost = f"{shift.cpu / sum(shift.results) * 1000:.2f} ms of a process a mail"
    part.say(f"raw SMTP over {lines}: {rate:,.0f} mails/s, {cost}")
    return rate


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
