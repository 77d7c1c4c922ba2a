"""What is to be posted: a claimed message, with the follow-up that it tells of."""

from dataclasses import dataclass
from datetime import datetime

from followups.engine.facts import address_of
from followups.engine.loading import Draft
from followups.models import FollowUp, Message
from followups.webhooks import payload


@dataclass(slots=True)
class Delivery(Draft):
    """A claimed message that is posted instead of mailed."""

    def write(self, *, now: datetime) -> None:
        followup = self.followups[0] if self.followups else None
        self.message.text = payload.written(self.message, followup, self.words)

    def waits_until(self, now: datetime) -> datetime | None:
        """A machine has no hours."""
        return None

    def address_for(self, followup: FollowUp) -> str:
        """It goes to no mailbox of theirs; they need only be there still."""
        return address_of(followup).lower()

    @property
    def is_test(self) -> bool:
        return self.message.kind == Message.Kind.ACCOUNT
