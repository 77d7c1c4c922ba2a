"""What becomes of a mail of which nobody knew whether it left, once a person has found out."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from followups.engine.outcomes import storable
from followups.engine.waking import wake_on_commit
from followups.models import Attempt, Message
from followups.models.message import MessageQuerySet

WORTH_ASKING = timedelta(days=14)  # after that the next reminders have long said the same


class NotUnknown(Exception):
    """Somebody resolved it before, or it never was in doubt."""

    message = _("This mail is not in doubt any more.")


class TextGone(Exception):
    """A mail with a code or an invitation in it: its text is not kept, so it cannot be sent again."""

    message = _("Its text is not kept, because it held a secret. Whoever waits for it can ask for a new one.")


def unresolved(*, now: datetime) -> MessageQuerySet:
    """Of the last two weeks, read by an index that holds the unknown alone."""
    return Message.objects.filter(state=Message.State.UNKNOWN, finished_at__gt=now - WORTH_ASKING)


@transaction.atomic
def it_arrived(*, message_id: int, by: str, now: datetime) -> None:
    """Somebody saw it there, or in the mail server's log. Raises ``NotUnknown``."""
    message = _lock(message_id)
    message.state, message.last_error = Message.State.ACCEPTED, ""
    message.save(update_fields=["state", "last_error"])
    _record(message, Attempt.Outcome.ARRIVED, by=by, now=now)


@transaction.atomic
def send_again(*, message_id: int, by: str, now: datetime) -> None:
    """It certainly did not arrive: it is sent under the same Message-ID, if what it says is still wanted then.

    Raises ``NotUnknown`` and ``TextGone``.
    """
    message = _lock(message_id)
    if not can_be_sent_again(message):
        raise TextGone
    message.state, message.not_before, message.finished_at = Message.State.READY, now, None
    message.tries = 0
    message.save(update_fields=["state", "not_before", "finished_at", "tries"])
    _record(message, Attempt.Outcome.AGAIN, by=by, now=now)
    wake_on_commit()


def can_be_sent_again(message: Message) -> bool:
    return message.kind != Message.Kind.ACCOUNT


def _lock(message_id: int) -> Message:
    unknown = Message.objects.select_for_update().filter(pk=message_id, state=Message.State.UNKNOWN)
    message = unknown.first()
    if message is None:
        raise NotUnknown
    return message


def _record(message: Message, outcome: Attempt.Outcome, *, by: str, now: datetime) -> None:
    Attempt.objects.create(message=message, at=now, fence=message.fence, outcome=outcome, response=storable(by))
