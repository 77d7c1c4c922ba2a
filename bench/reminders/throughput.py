"""How much of each step of the protocol fits into a second, and how much the database or the line alone could do."""

from datetime import timedelta

from bench.reminders import clock, raw_smtp, replay, sink, work, world
from bench.reminders.crew import Shift, together
from bench.reminders.figures import Part
from bench.reminders.sizes import Sizes
from followups.engine.deciding import decide_batch
from followups.engine.sending import send_batch
from followups.models import Message

WORKERS = 2
CLAIMED = 200  # messages in a batch where claiming alone is measured
WARM_UP = 400
OF_THE_RAW_SQL, OF_THE_RAW_SMTP, MAILS_A_SECOND = 0.5, 0.6, 300.0


def decide(part: Part, sizes: Sizes) -> None:
    """Due follow-ups become messages, in batches of 200."""
    here = world.build(2 * len(sizes.processes) * sizes.decide + WARM_UP)
    here.make_due(WARM_UP, at=clock.START)
    decide_batch(now=clock.now())
    script = replay.record(lambda: decide_batch(now=clock.now()), steps=world.steps())
    for processes in sizes.processes:
        here.make_due(sizes.decide, at=clock.START)
        ours = together(processes, work.decide)
        here.make_due(sizes.decide, at=clock.START)
        raw = together(processes, replay.replay, script=script)
        share = _compare(part, "decided", ours, raw)
        part.at_least(f"deciding with {processes}, of the raw SQL", share, OF_THE_RAW_SQL)


def claim(part: Part, sizes: Sizes) -> None:
    """Messages are claimed in batches of 200, and finished by primary key and fence."""
    here = world.build(sizes.claim)
    here.make_ready(CLAIMED, at=clock.START)
    script = replay.record(lambda: work.claim_and_finish_batch(CLAIMED), steps=world.steps())
    for processes in sizes.processes:
        here.make_ready(sizes.claim, at=clock.START)
        ours = together(processes, work.claim_and_finish, size=CLAIMED)
        here.make_ready(sizes.claim, at=clock.START)
        raw = together(processes, replay.replay, script=script)
        _compare(part, "claimed and finished", ours, raw)


def send(part: Part, sizes: Sizes) -> None:
    """The whole path of a mail with its two commits, but for the line: the server takes everything at once."""
    here = world.build(2 * len(sizes.processes) * sizes.send + WARM_UP)
    _make_mails(here, WARM_UP)
    lines = work.nowhere(sizes.lines)
    later = clock.START + timedelta(hours=1)  # as far as the script is concerned, all mails written below may leave
    script = replay.record(lambda: send_batch(now=later, transport=lines), steps=world.steps())
    for processes in sizes.processes:
        _make_mails(here, sizes.send)
        ours = together(processes, work.send_nowhere, lines=sizes.lines)
        _make_mails(here, sizes.send)
        raw = together(processes, replay.replay, script=script)
        _compare(part, "sent nowhere", ours, raw)


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


def _compare(part: Part, what: str, ours: Shift, raw: Shift) -> float:
    """Print both; returns our share of the raw rate."""
    rows, processes = sum(ours.results), len(ours.shares)
    rate: float = rows / ours.seconds
    ceiling: float = sum(raw.results) / raw.seconds
    cost = f"{ours.cpu / rows * 1000:.2f} ms of a process a row"
    part.say(f"{what} by {processes}: {rate:,.0f} rows/s ({cost}); raw SQL {ceiling:,.0f} rows/s; {rate / ceiling:.0%}")
    return rate / ceiling
