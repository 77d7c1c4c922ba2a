"""What a worker left behind when it died or was held up, once its lease has expired on the database's clock."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from followups.engine.crashing import crash_point
from followups.engine.outcomes import what_is_left_of_an_account_mail
from followups.models import Attempt, Message

BATCH = 500
LEFT = "The sender stopped between the text and the answer."


@transaction.atomic
def reap(*, now: datetime, limit: int = BATCH) -> int:
    """Claimed goes back to ready: no mail of these was sent, and a webhook that was is known by its key.

    Sending becomes unknown, and is never sent again by itself.

    Returns how many were found.
    """
    expired = Message.objects.filter(lease_until__lt=Now()).select_for_update(skip_locked=True)
    found = list(expired.filter(state__in=[Message.State.CLAIMED, Message.State.SENDING]).order_by("pk")[:limit])
    claimed = [message.pk for message in found if message.state == Message.State.CLAIMED]
    sending = [message for message in found if message.state == Message.State.SENDING]
    if claimed:
        Message.objects.filter(pk__in=claimed).update(state=Message.State.READY, lease_until=None)
    if sending:
        _make_unknown(sending, now=now)
    crash_point("reaping")
    return len(found)


def _make_unknown(messages: list[Message], *, now: datetime) -> None:
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        state=Message.State.UNKNOWN, lease_until=None, finished_at=now, last_error=LEFT
    )
    account = [message.pk for message in messages if message.kind == Message.Kind.ACCOUNT]
    if account and (cleared := what_is_left_of_an_account_mail()):
        Message.objects.filter(pk__in=account).update(**cleared)
    Attempt.objects.bulk_create(
        Attempt(message=message, at=now, fence=message.fence, outcome=Attempt.Outcome.UNKNOWN, response=LEFT)
        for message in messages
    )
