"""One round of the engine. Whoever runs it, however often, at the same time as others: the tables keep the order."""

from datetime import datetime

from followups.engine.crashing import crash_point
from followups.engine.deciding import BATCH, decide_batch
from followups.engine.lines import Lines
from followups.engine.reaping import reap
from followups.engine.sending import Clock, Stop, never, send_batch
from followups.engine.transports import Transport

MORE_OF_A_BURST = 4  # batches


def pump(
    *, now: datetime, transport: Transport | Lines, should_stop: Stop = never, read_clock: Clock | None = None
) -> bool:
    """Reap, decide a batch, send a batch; says whether it found work.

    Small batches in turn, so that the first mail of a burst leaves while the rest is still being decided. Of a burst
    some more is decided then: a mail takes longer than a decision, which may have to hold or to end many of them.
    """
    reaped = reap(now=now)
    crash_point("reaped")
    decided = decide_batch(now=now)
    sent = send_batch(now=now, transport=transport, should_stop=should_stop, read_clock=read_clock)
    batch = decided
    for _ in range(MORE_OF_A_BURST):
        if batch < BATCH or should_stop():
            break
        batch = decide_batch(now=read_clock() if read_clock else now)
    return bool(reaped or decided or sent)
