"""What came of an attempt, committed by primary key and fence alone, with its line in the history."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from followups.bouncing import suppress_bounced
from followups.engine.crashing import crash_point
from followups.engine.loading import Draft
from followups.engine.single import assignments, insert_one
from followups.engine.transports import Ambiguous, Broken, Permanent, RecipientRefused, Reply, TransportError
from followups.models import Attempt, Message
from partners.inserting import insert

logger = logging.getLogger(__name__)
Answer = tuple[Draft, Reply | TransportError]
Accepted = Sequence[tuple[Draft, Reply]]
State = Message.State
Outcome = Attempt.Outcome
MINUTES_TO_NEXT_TRY = (1, 5, 15, 30, 60, 120, 240)
MOST_TRIES = 16  # about two days
LONGEST_ANSWER = 1000
FINISH = "UPDATE followups_message SET {changes} WHERE id = %s AND fence = %s"
FINISH_ACCEPTED = """
    WITH ours (id, fence) AS (VALUES {places})
    UPDATE followups_message SET state = 'accepted', lease_until = NULL, finished_at = %s, last_error = ''
    FROM ours WHERE followups_message.id = ours.id AND followups_message.fence = ours.fence
    RETURNING followups_message.id
"""


def record(answers: Sequence[Answer], *, now: datetime) -> None:
    """What came of a wave, in one transaction; where that fails, each by itself, and the failure is raised.

    What cannot be recorded is left as being sent, and is the reaper's to make unknown.
    """
    try:
        _record_all(answers, now=now)
    except Exception:
        if len(answers) > 1:
            _record_singly(answers, now=now)
        raise


@transaction.atomic
def _record_all(answers: Sequence[Answer], *, now: datetime) -> None:
    accepted([(draft, said) for draft, said in answers if isinstance(said, Reply)], now=now)
    for draft, said in answers:
        if isinstance(said, TransportError):
            refused(draft, said, now=now)
    crash_point("recording")


def _record_singly(answers: Sequence[Answer], *, now: datetime) -> None:
    for answer in answers:
        try:
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            _record_all([answer], now=now)
        except Exception:
            logger.exception("What came of message %s is not recorded: %s", answer[0].claim.pk, answer[1])


def accepted(answers: Accepted, *, now: datetime) -> None:
    """Call it in a transaction."""
    if not answers:
        return
    claims = [draft.claim for draft, _ in answers]
    ours = [value for claim in claims for value in claim]
    sql = FINISH_ACCEPTED.format(places=", ".join(["(%s, %s)"] * len(claims)))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*ours, connection.ops.adapt_datetimefield_value(now)])
        finished = {pk for (pk,) in cursor.fetchall()}
    for claim in claims:
        if claim.pk not in finished:
            logger.error("Message %s was taken over while it was being sent, and was accepted.", claim.pk)
    account = [draft.claim.pk for draft, _ in answers if draft.message.kind == Message.Kind.ACCOUNT]
    if account and (cleared := what_is_left_of_an_account_mail()):
        Message.objects.filter(pk__in=finished.intersection(account)).update(**cleared)
    rows = [(draft.claim.pk, now, draft.claim.fence, Outcome.ACCEPTED.value, *_said(reply)) for draft, reply in answers]
    insert(Attempt, ("message_id", "at", "fence", "outcome", "code", "response"), rows)


def _said(reply: Reply) -> tuple[int | None, str]:
    return reply.code if reply.code > 0 else None, storable(str(reply))


def refused(draft: Draft, error: TransportError, *, now: datetime) -> None:
    """What the server, or the line, said no to; what that means is in the error's type."""
    said = storable(str(error))
    if isinstance(error, Permanent):
        final = {"state": State.FAILED, "finished_at": now, "last_error": said}
        with transaction.atomic():
            _commit(draft, Outcome.REJECTED, error.reply, said, now=now, **final)
            if isinstance(error, RecipientRefused) and error.is_dead:
                suppress_bounced(address=draft.message.to_address, now=now)
    elif isinstance(error, Ambiguous):
        unknown = {"state": State.UNKNOWN, "finished_at": now, "last_error": said}
        _commit(draft, Outcome.UNKNOWN, error.reply, said, now=now, **unknown)
    else:
        outcome = Outcome.BROKEN if isinstance(error, Broken) else Outcome.DEFERRED
        _commit(draft, outcome, error.reply, said, now=now, **_next_try(draft, said, now=now))


@transaction.atomic
def fault(draft: Draft, error: Exception, *, now: datetime) -> None:
    """A mail that cannot be written: tried again later, in case the fault is mended by then.

    Only before the mark: what has been marked as being sent may have left, and is the reaper's to make unknown.
    """
    said = storable(repr(error))
    claimed = Message.objects.filter(pk=draft.claim.pk, fence=draft.claim.fence, state=State.CLAIMED)
    fields = _next_try(draft, said, now=now)
    if claimed.update(lease_until=None, **fields, **_cleared(draft, fields)):
        _record(draft, Outcome.BROKEN, None, said, now=now)


def cancelled(draft: Draft, *, now: datetime) -> bool:
    """Nothing it would say is wanted any more. Says whether the message was still ours."""
    claimed = Message.objects.filter(pk=draft.claim.pk, fence=draft.claim.fence, state=State.CLAIMED)
    if not claimed.update(state=State.CANCELLED, lease_until=None, finished_at=now):
        return False
    _record(draft, Outcome.CANCELLED, None, "", now=now)
    return True


def wait_for_window(draft: Draft, until: datetime) -> None:
    """The person's day ended while the mail waited for a server, or for the mails before it."""
    Message.objects.filter(pk=draft.claim.pk, fence=draft.claim.fence, state=State.CLAIMED).update(
        state=State.READY, lease_until=None, not_before=until
    )


def _next_try(draft: Draft, said: str, *, now: datetime) -> dict[str, Any]:
    tries = draft.message.tries + 1
    if tries >= MOST_TRIES:
        return {"state": State.FAILED, "finished_at": now, "last_error": said, "tries": tries}
    minutes = MINUTES_TO_NEXT_TRY[min(tries, len(MINUTES_TO_NEXT_TRY)) - 1]
    not_before = now + timedelta(minutes=minutes)
    return {"state": State.READY, "not_before": not_before, "finished_at": None, "last_error": said, "tries": tries}


@transaction.atomic
def _commit(
    draft: Draft, outcome: Attempt.Outcome, reply: Reply | None, said: str, *, now: datetime, **fields: Any
) -> None:
    changes, values = assignments(Message, {"lease_until": None, **fields, **_cleared(draft, fields)})
    with connection.cursor() as cursor:
        cursor.execute(FINISH.format(changes=changes), [*values, draft.claim.pk, draft.claim.fence])
        if not cursor.rowcount:
            logger.error("Message %s was taken over while it was being sent: %s %s", draft.claim.pk, outcome, said)
    _record(draft, outcome, reply, said, now=now)


def _record(draft: Draft, outcome: Attempt.Outcome, reply: Reply | None, said: str, *, now: datetime) -> None:
    attempt = {"message": draft.claim.pk, "at": now, "fence": draft.claim.fence, "outcome": outcome, "response": said}
    insert_one(Attempt, {**attempt, "code": reply.code if reply and reply.code > 0 else None})


def _cleared(draft: Draft, fields: Mapping[str, Any]) -> dict[str, str]:
    is_over = fields["finished_at"] is not None
    return what_is_left_of_an_account_mail() if is_over and draft.message.kind == Message.Kind.ACCOUNT else {}


def what_is_left_of_an_account_mail() -> dict[str, str]:
    """Once it is out of our hands its text is cleared: it holds the secret of an invitation, or a sign-in code."""
    return {} if settings.DEMO else {"subject": "", "text": "", "html": "", "calendar": ""}


def storable(said: str) -> str:
    """What a server or an error said, as far as any database takes it: no NUL, no half letters, no novels."""
    return said.encode("utf-8", "replace").decode().replace("\0", "")[:LONGEST_ANSWER]
