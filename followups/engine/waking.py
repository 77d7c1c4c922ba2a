"""A tap on the workers' shoulder, so that a mail leaves at once and not at the next poll. Losing it costs seconds."""

from django.db import connection, transaction

from partners import waking


def wake_on_commit() -> None:
    """Wake the engine once the current transaction has committed; asking several times wakes it once."""
    if not any(waiting[1] is publish for waiting in connection.run_on_commit):
        transaction.on_commit(publish)


def publish() -> None:
    """Ask any worker to look for work."""
    from followups.tasks import wake

    waking.wake(wake)
