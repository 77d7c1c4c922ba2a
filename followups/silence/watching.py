"""Looks once a minute whose hour of silence has come, however many beats ring and workers poll."""

from datetime import datetime, timedelta

from followups.engine.ticking import claim_slot, slot_of
from followups.owed.overdue import BATCH as BATCH_OF_NOTES
from followups.owed.overdue import tell_overdue
from followups.silence.detecting import BATCH, detect

JOB = "watch-silence"
EVERY = timedelta(minutes=1)


def watch(*, now: datetime) -> bool:
    """Judge whoever is due, unless somebody else has in this minute; says whether this caller did."""
    if not begin(now=now):
        return False
    detect(now=now)
    tell_overdue(now=now)
    return True


def begin(*, now: datetime) -> bool:
    """Whether it is this caller who looks in this minute."""
    return claim_slot(JOB, slot_of(now, every=EVERY))


def judge_some(*, now: datetime, size: int = BATCH) -> bool:
    """One batch, for whoever has other work in between; says whether there may be more."""
    found = detect(now=now, limit=size)
    return tell_overdue(now=now) == BATCH_OF_NOTES or found == size
