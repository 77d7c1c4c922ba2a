"""Looks once a minute whose hour of silence has come, however many beats ring and workers poll."""

from datetime import datetime, timedelta

from followups.engine.ticking import claim_slot, slot_of
from followups.silence.detecting import BATCH, detect

JOB = "watch-silence"
EVERY = timedelta(minutes=1)


def watch(*, now: datetime) -> bool:
    """Judge whoever is due, unless somebody else has in this minute; says whether this caller did."""
    if not begin(now=now):
        return False
    detect(now=now)
    return True


def begin(*, now: datetime) -> bool:
    """Whether it is this caller who looks in this minute."""
    return claim_slot(JOB, slot_of(now, every=EVERY))


def judge_some(*, now: datetime, size: int = BATCH) -> bool:
    """One batch, for whoever has other work in between; says whether there may be more."""
    return detect(now=now, limit=size) == size
