"""A tap on the workers' shoulder, so that a mail leaves at once and not at the next poll. Losing it costs seconds."""

import logging

from django.db import connection, transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake_on_commit() -> None:
    """Wake the engine once the current transaction has committed; asking several times wakes it once."""
    if not any(waiting[1] is publish for waiting in connection.run_on_commit):
        transaction.on_commit(publish)


def publish() -> None:
    """Ask any worker to look for work. Without a broker it is left to the workers' own polling."""
    from followups.tasks import wake

    try:
        wake.apply_async(ignore_result=True, retry=False, expires=60)
    except (OperationalError, OSError) as error:
        logger.warning("The engine was not woken and will find its work by itself: %s", error)
