"""Looks once a minute whose hour of silence has come, however many beats ring and workers poll."""

from datetime import datetime, timedelta

from followups.engine.ticking import claim_slot, slot_of
from followups.silence.detecting import detect

JOB = "watch-silence"
EVERY = timedelta(minutes=1)


def watch(*, now: datetime) -> bool:
    """Judge whoever is due, unless somebody else has in this minute; says whether this caller did."""
    if not claim_slot(JOB, slot_of(now, every=EVERY)):
        return False
    detect(now=now)
    return True
