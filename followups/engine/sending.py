"""Sending, one message at a time: MAIL and RCPT; the last check and the mark; DATA; the outcome."""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from django.db import DatabaseError, connection

from followups.engine import claiming, outcomes
from followups.engine.claiming import Claim
from followups.engine.crashing import crash_point
from followups.engine.lastcheck import check_and_mark
from followups.engine.loading import Draft, load
from followups.engine.mime import envelope_sender, for_envelope
from followups.engine.transports import Ambiguous, Transport, TransportError, Unreachable

logger = logging.getLogger(__name__)
Stop = Callable[[], bool]
Clock = Callable[[], datetime]
# A batch begins no mail in the last fifth of its lease.
SENDING_SECONDS = 0.8 * claiming.LEASE.total_seconds()


def never() -> bool:
    return False


def send_batch(
    *,
    now: datetime,
    transport: Transport,
    limit: int = claiming.BATCH,
    should_stop: Stop = never,
    read_clock: Clock | None = None,
) -> int:
    """Claim and send up to ``limit`` messages; returns how many were dealt with.

    A message that cannot be sent never stops the others. With no server to speak to, all go back untouched; and so
    does what a slow server leaves no time for within the lease. A batch may take minutes: ``read_clock`` says what
    time it is for each message; without it, it is ``now`` for all of them.
    """
    if not transport.is_ready:
        return 0
    until = monotonic() + SENDING_SECONDS
    claims = claiming.claim(now=now, limit=limit)
    if not claims:
        return 0
    try:
        transport.connect()
        read = read_clock or (lambda: now)
        return _send_all(claims, transport, read, should_stop=lambda: should_stop() or monotonic() >= until)
    except Unreachable as error:
        logger.warning("Mail waits, the server cannot be reached: %s", error)
        claiming.release(claims)
        return 0


def _send_all(claims: list[Claim], transport: Transport, read: Clock, *, should_stop: Stop) -> int:
    drafts = load(claims)
    for number, claimed in enumerate(claims):
        if should_stop():
            claiming.release(claims[number:])
            return number
        draft = drafts.get(claimed.pk)
        if draft is not None:
            try:
                _send_guarded(draft, transport, read)
            except DatabaseError:
                _give_back(claims[number + 1 :])
                raise
    return len(claims)


def _give_back(claims: list[Claim]) -> None:
    """After an error of the database, which may be over: where it is not, the leases give them back."""
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        claiming.release(claims)
    except DatabaseError:
        logger.exception("%s messages stay claimed until their lease ends.", len(claims))


def _send_guarded(draft: Draft, transport: Transport, read: Clock) -> None:
    try:
        _send_one(draft, transport, read)
    except Unreachable:
        raise
    except DatabaseError:
        transport.abandon()
        raise
    except Exception as error:  # a mail that cannot be built must not stop the others
        logger.exception("Message %s could not be sent.", draft.claim.pk)
        transport.abandon()
        outcomes.fault(draft, error, now=read())


def _send_one(draft: Draft, transport: Transport, read: Clock) -> None:
    now = read()
    until = draft.waits_until(now)
    if until is not None:
        outcomes.wait_for_window(draft, until)
        return
    draft.write(now=now)
    try:
        transport.begin(sender=envelope_sender(draft.message.headers), recipient=for_envelope(draft.message.to_address))
    except Unreachable:
        raise
    except TransportError as error:
        outcomes.refused(draft, error, now=read())
        return
    crash_point("recipient-taken")
    content = check_and_mark(draft, now=read())
    if content is None:
        transport.abandon()
        return
    _deliver(draft, content, transport, read)


def _deliver(draft: Draft, content: bytes, transport: Transport, read: Clock) -> None:
    """The text goes out once. Whatever goes wrong here without a refusal, nobody knows whether it left."""
    try:
        reply = transport.deliver(content)
        crash_point("answered")
    except TransportError as error:
        outcomes.refused(draft, error, now=read())
    except Exception as error:
        logger.exception("Message %s: a fault while its text was sent.", draft.claim.pk)
        outcomes.refused(draft, Ambiguous(repr(error)), now=read())
    else:
        outcomes.accepted(draft, reply, now=read())
    crash_point("recorded")
