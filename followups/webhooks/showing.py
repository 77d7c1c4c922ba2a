"""What the page of the webhook shows: the last deliveries, and what came of the last test."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from followups.models import Attempt, Message
from followups.webhooks.configuring import deliveries_of, tests_of
from partners.models import Vendor

ROWS = 20
LONGEST_SHOWN = 500
State = Message.State
FATES: dict[str, tuple[Promise, str]] = {
    State.READY: (_("Waits"), "fl-pill-quiet"),
    State.CLAIMED: (_("Being posted"), "fl-pill-quiet"),
    State.ACCEPTED: (_("Taken"), ""),
    State.FAILED: (_("Not taken"), "fl-pill-warn"),
    State.CANCELLED: (_("Called off"), "fl-pill-quiet"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery, or a test, with what came of its last try."""

    message: Message
    company: str  # empty for a test
    partner_id: int | None
    fate: Promise
    pill: str
    status: int | None
    seconds: float | None
    answer: str
    error: str

    @property
    def at(self) -> datetime:
        return self.message.created_at

    @property
    def is_over(self) -> bool:
        return self.message.finished_at is not None

    @property
    def was_repeated(self) -> bool:
        return self.message.tries > 1

    @property
    def was_given_up(self) -> bool:
        return self.message.state == State.FAILED

    @property
    def next_try(self) -> datetime | None:
        return self.message.not_before if self.message.state == State.READY and self.message.tries else None


def last_deliveries(vendor: Vendor) -> list[Shown]:
    """The newest first, two queries."""
    return [_shown(message) for message in _read(deliveries_of(vendor))]


def last_test(vendor: Vendor) -> Shown | None:
    return next((_shown(message) for message in _read(tests_of(vendor))), None)


def _read(rows: Any) -> list[Any]:
    last = Attempt.objects.filter(message=OuterRef("pk")).order_by("-at", "-pk")
    told = {"status": Subquery(last.values("code")[:1]), "answer": Subquery(last.values("response")[:1])}
    found = rows.annotate(**told).prefetch_related("followups__partner").defer("text", "html")
    return list(found.order_by("-pk")[:ROWS])


def _shown(message: Any) -> Shown:
    followup = next(iter(message.followups.all()), None)
    fate, pill = FATES.get(message.state, (_("Unclear"), "fl-pill-warn"))
    seconds = message.headers.get("seconds")
    return Shown(
        message=message,
        company=followup.partner.company if followup is not None else "",
        partner_id=followup.partner_id if followup is not None else None,
        fate=fate,
        pill=pill,
        status=message.status,
        seconds=seconds,
        answer=(message.answer or "")[:LONGEST_SHOWN] if message.status else "",
        error=message.last_error,
    )
