"""What stands on the operators' page beside the figures."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from followups.engine.mime import message_id
from followups.engine.resolving import can_be_sent_again, unresolved
from followups.models import Message, Pause
from followups.operators.figures import Figures
from partners.paging import By, instant, key, page_of

ROWS = 25
OLDEST = (By("finished_at", instant), By("id", key))


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mail of which nobody knows whether it left, with what it is found by in a mail server's log."""

    message: Message
    message_id: str
    may_go_again: bool


@dataclass(frozen=True, slots=True)
class Doubts:
    rows: list[Doubt]
    next: str  # query string of the next page, "" on the last


def shown_unknown(request: HttpRequest, *, now: datetime) -> Doubts:
    """A page of them, the oldest first; one query."""
    rows = unresolved(now=now).select_related("vendor").defer("text", "html", "headers")
    page = page_of(rows, OLDEST, request=request, size=ROWS)
    return Doubts([Doubt(row, message_id(row.key), can_be_sent_again(row)) for row in page.rows], page.next)


def lateness_rows(found: Figures) -> list[tuple[str, list[float]]]:
    """Seconds by quantile; nothing where nothing was sent lately."""
    rows = [(_("it was decided"), found.lateness.decided), (_("a server took it"), found.lateness.sent)]
    return [(words, list(seconds.values())) for words, seconds in rows if seconds]


def paused_vendors() -> list[Pause]:
    return list(Pause.objects.in_force().select_related("vendor").order_by("began_at", "pk")[:100])
