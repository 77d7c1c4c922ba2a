"""What the broker may ask for. No task carries anything: the database knows what is due."""

from datetime import timedelta
from typing import Any

from celery import shared_task

from followups.engine import polling
from followups.engine.ticking import claim_slot, slot_of
from followups.silence.detecting import detect
from partners import clock


@shared_task(ignore_result=True)
def wake(**_: Any) -> None:
    """Look for work now instead of at the next poll."""
    polling.wake_this_process()


@shared_task(ignore_result=True)
def watch_silence(**_: Any) -> None:
    """Judge whose hour has come, once a minute however many beats ring."""
    now = clock.now()
    if claim_slot("watch-silence", slot_of(now, every=timedelta(minutes=1))):
        detect(now=now)
