"""One line in the log for each decision, once it stands: what was decided about which follow-up, why, and how late.

The fields travel beside the message, so that LOG_FORMAT decides how they are written.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from django.db import transaction

from followups.engine.judging import Finish, Hold, Send, Verdict

logger = logging.getLogger(__name__)


class Judged(Protocol):
    """What the line says of a follow-up."""

    pk: int
    vendor_id: int
    kind: str
    due_at: datetime


def tell_on_commit(decisions: Iterable[tuple[Judged, Verdict]], instead: Mapping[int, Hold], *, now: datetime) -> None:
    """Log each decision after the commit; ``instead`` says for which the day's mail had left already.

    Call it before a follow-up gets its new time: the lateness is that of the old one.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    lines = [_fields(judged, instead.get(judged.pk, verdict), now=now) for judged, verdict in decisions]
    transaction.on_commit(partial(_tell, lines))


def _fields(judged: Judged, verdict: Verdict, *, now: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "followup": judged.pk,
        "vendor": judged.vendor_id,
        "kind": judged.kind,
        "verdict": type(verdict).__name__.lower(),
        "late_seconds": round((now - judged.due_at).total_seconds(), 1),
    }
    if isinstance(verdict, Hold):
        fields |= {"reason": verdict.reason.value, "until": verdict.until.isoformat()}
    elif isinstance(verdict, Finish):
        fields |= {"reason": verdict.reason.value, "state": verdict.state.value}
    elif isinstance(verdict, Send):
        fields["day"] = verdict.day.isoformat()
    return fields


def _tell(lines: Iterable[Mapping[str, Any]]) -> None:
    for fields in lines:
        logger.info("decided", extra=dict(fields))
