"""A tap on the workers' shoulder, so that they do now what they would find at their next look into the database."""

import logging
from collections.abc import Callable
from typing import Protocol

from kombu.exceptions import OperationalError
from redis.exceptions import TimeoutError as RedisIsSlow

from partners.outages import REDIS

logger = logging.getLogger(__name__)


class Task(Protocol):
    @property
    def apply_async(self) -> Callable[..., object]: ...


def wake(task: Task) -> None:
    """Ask any worker for ``task``. Nobody waits for a broker that is away: all work is found without it, too."""
    if REDIS.is_on():
        return
    try:
        task.apply_async(ignore_result=True, retry=False, expires=60)
    except (OperationalError, OSError) as fault:
        logger.warning("No worker was woken; they will find their work by themselves: %s", fault)
        if isinstance(fault.__cause__, RedisIsSlow):
            REDIS.begin()
            return
    REDIS.end()
