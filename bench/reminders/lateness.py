"""How late a burst is decided and begins to leave, what a larger backlog costs, and what an idle round costs."""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import connections

from bench.reminders import clock, sink, work, world
from bench.reminders.crew import together
from bench.reminders.figures import Part
from bench.reminders.sizes import PARTNERS, Sizes
from followups.engine.deciding import BATCH

WORKERS = 2
DUE = clock.START + timedelta(hours=1)
FIRST_MAIL_SECONDS, P99_SECONDS, GROWTH, TICK_MS = 2.0, 60.0, 1.2, 20.0


def burst(part: Part, sizes: Sizes) -> None:
    """Very many due at one moment over a backlog, with two workers' engines left to themselves."""
    here = _full(sizes)
    _burst(part, here, sizes)


def snapshot(part: Part, sizes: Sizes) -> None:
    """The same while a transaction keeps a snapshot open, so that no dead row can be cleared away."""
    here = _full(sizes)
    with _held_snapshot():
        _burst(part, here, sizes)


def growth(part: Part, sizes: Sizes) -> None:
    """Deciding over a backlog, and over ten times as much."""
    small = sizes.backlog // 10
    here = world.build(max(small, 4 * sizes.decide))
    # Over an empty table of messages the database plans to read all of it, and so it checks foreign keys for a while.
    here.make_due(BATCH, at=clock.START)
    together(1, work.decide)
    before = _decided(part, here, sizes, backlog=here.partners)
    here.add_backlog(sizes.backlog - here.partners, beyond=3 * sizes.decide)
    after = _decided(part, here, sizes, backlog=sizes.backlog)
    part.at_most("a row over ten times the backlog costs, times", after / before, GROWTH)


def idle(part: Part, sizes: Sizes) -> None:
    """A worker's round with nothing due over very many partners."""
    world.build(min(sizes.backlog, PARTNERS), with_standing=True)
    [taken] = together(1, work.tick, times=sizes.ticks).results
    quantiles = [1000 * cut for cut in statistics.quantiles(taken, n=100)]
    p50, p99 = quantiles[49], quantiles[98]
    part.say(f"a round with nothing due: p50 {p50:.2f} ms, p99 {p99:.2f} ms, longest {1000 * max(taken):.2f} ms")
    part.at_most("ms of a round with nothing due, p99", p99, TICK_MS)


def _full(sizes: Sizes) -> world.World:
    here = world.build(min(sizes.backlog, PARTNERS))
    if sizes.backlog > here.partners:
        here.add_backlog(sizes.backlog - here.partners, beyond=sizes.burst)
    return here


def _burst(part: Part, here: world.World, sizes: Sizes) -> None:
    here.make_due(sizes.burst, at=DUE)
    clock.begin(at=DUE - timedelta(seconds=sizes.lead))
    with sink.running() as server:
        shift = together(WORKERS, work.serve, url=server.url, lines=sizes.lines, due=DUE, at_most=sizes.seconds)
        stats = server.stats()
    due = clock.reached(DUE)
    late = sorted((at - due, rows) for decided in shift.results for at, rows in decided)
    rows, seconds = sum(rows for _, rows in late), late[-1][0]
    p50, p95, p99 = (_percentile(late, share) for share in (0.50, 0.95, 0.99))
    part.say(f"{rows:,} of {sizes.burst:,} decided over a backlog of {sizes.backlog:,} by {WORKERS} workers")
    part.say(f"that is {rows / seconds:,.0f} rows/s, late by p50 {p50:.1f} s, p95 {p95:.1f} s, p99 {p99:.1f} s")
    part.say(f"and meanwhile {stats.mails:,} mails left, {stats.mails / (stats.last_at - due):,.0f} a second")
    part.at_most("seconds until the first mail", stats.first_at - due, FIRST_MAIL_SECONDS)
    part.at_most("seconds that decisions are late, p99", p99, P99_SECONDS)
    part.at_least("share of the burst that was decided", rows / sizes.burst, 1.0)
    part.at_most("mails that came twice", stats.twice, 0)


def _percentile(late: Sequence[tuple[float, int]], share: float) -> float:
    """Of (seconds, rows) in order of time."""
    wanted = share * sum(rows for _, rows in late)
    for seconds, rows in late:
        wanted -= rows
        if wanted <= 0:
            return seconds
    return late[-1][0]


def _decided(part: Part, here: world.World, sizes: Sizes, *, backlog: int) -> float:
    """What the median of the batches took; one that met a checkpoint, or another program, says nothing of growth."""
    here.make_due(sizes.decide, at=clock.START)
    [taken] = together(1, work.time_batches).results
    median: float = statistics.median(taken)
    rate = f"{BATCH / median:,.0f} rows/s decided by 1 in the median of {len(taken)} batches"
    part.say(f"over {backlog:,}: {rate}, {BATCH * len(taken) / sum(taken):,.0f} rows/s in all")
    return median


@contextmanager
def _held_snapshot() -> Iterator[None]:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM followups_tick")
        yield
    finally:
        other.close()
