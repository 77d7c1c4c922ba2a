"""What tests of the sender write into the outbox, and what they read from it afterwards."""

from datetime import UTC, datetime, timedelta

from followups.engine.claiming import Claim, hold, mark_sending
from followups.models import Message
from tests.factories import NOW

DUE = NOW + timedelta(hours=24)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def account_mail(to: str, **fields: object) -> Message:
    given = {"kind": "account", "subject": "Your code", "text": "123", "not_before": NOW, "created_at": NOW, **fields}
    return Message.objects.create(key=f"mail:{to}", to_address=to, **given)


def mark(claimed: Claim) -> set[Claim]:
    """As just before its text goes out; empty where it is not ours any more."""
    held = hold([claimed])
    return mark_sending([(each, Message.objects.get(pk=each.pk)) for each in held]) if held else held


def outcome(message: Message) -> tuple[str, list[str]]:
    message.refresh_from_db()
    return message.state, list(message.attempts.order_by("pk").values_list("outcome", flat=True))
