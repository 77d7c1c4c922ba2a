"""What the broker may ask for. No task carries anything: the database knows what is due."""

from typing import Any

from celery import shared_task

from followups.engine import polling
from followups.silence.watching import watch
from followups.starting import carry_out_all
from partners import clock


@shared_task(ignore_result=True)
def wake(**_: Any) -> None:
    """Look for work now instead of at the next poll."""
    polling.wake_this_process()


@shared_task(ignore_result=True)
def start_waiting(**_: Any) -> None:
    """Start playbooks for all who wait, where somebody asked for it."""
    carry_out_all(now=clock.now())


@shared_task(ignore_result=True)
def watch_silence(**_: Any) -> None:
    """Judge whose hour has come, once a minute however many beats ring."""
    watch(now=clock.now())
