"""Sending in waves, one mail over each line: MAIL and RCPT; the last check and the marks; DATA; the outcomes.

A wave costs two commits, however many mails it has. What a worker's end leaves in doubt is what was on its lines.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from math import ceil
from time import monotonic

from django.db import DatabaseError, connection

from followups.engine import claiming, outcomes
from followups.engine.claiming import Claim
from followups.engine.crashing import crash_point
from followups.engine.lastcheck import check_and_mark
from followups.engine.lines import Envelope, Lines
from followups.engine.loading import Draft, load
from followups.engine.mime import envelope_sender, for_envelope
from followups.engine.pacing import hold_back
from followups.engine.transports import Ambiguous, Permanent, Reply, Transport, TransportError, Unreachable

logger = logging.getLogger(__name__)
Stop = Callable[[], bool]
Clock = Callable[[], datetime]
# A batch begins no wave in the last fifth of its lease.
SENDING_SECONDS = 0.8 * claiming.LEASE.total_seconds()


def never() -> bool:
    return False


def send_batch(
    *,
    now: datetime,
    transport: Transport | Lines,
    limit: int = claiming.BATCH,
    should_stop: Stop = never,
    read_clock: Clock | None = None,
) -> int:
    """Claim and send up to ``limit`` messages; returns how many were dealt with.

    A message that cannot be sent never stops the others. With no server to speak to, all go back untouched; and so
    does what a slow server leaves no time for within the lease. A batch may take minutes: ``read_clock`` says what
    time it is for each wave; without it, it is ``now`` for all of them. A ``transport`` that is not several lines
    carries one mail at a time.
    """
    lines = Lines.of(transport)
    if not lines.is_ready:
        return 0
    until = monotonic() + SENDING_SECONDS
    claims = claiming.claim(now=now, limit=limit)
    if not claims:
        return 0
    try:
        lines.connect(mails=len(claims))
        read = read_clock or (lambda: now)
        return _send_all(claims, lines, read, should_stop=lambda: should_stop() or monotonic() >= until)
    except Unreachable as error:
        logger.warning("Mail waits, the server cannot be reached: %s", error)
        claiming.release(claims)
        return 0


def _send_all(claims: list[Claim], lines: Lines, read: Clock, *, should_stop: Stop) -> int:
    drafts = load(claims)
    late = hold_back([drafts[each.pk] for each in claims if each.pk in drafts], now=read())
    claims = [each for each in claims if each not in late]
    done = 0
    for wave in in_waves(claims, width=lines.width):
        if should_stop():
            claiming.release(claims[done:])
            return len(late) + done
        try:
            _send_wave([drafts[each.pk] for each in wave if each.pk in drafts], lines, read)
        except DatabaseError:
            _give_back(claims[done:])
            raise
        done += len(wave)
    return len(late) + done


def in_waves(claims: Sequence[Claim], *, width: int) -> Iterator[Sequence[Claim]]:
    """Waves of about the same length: 25 over eight lines are seven and three times six."""
    count = ceil(len(claims) / width)
    for number in range(count):
        yield claims[number * len(claims) // count : (number + 1) * len(claims) // count]


def _give_back(claims: list[Claim]) -> None:
    """After an error of the database, which may be over: where it is not, the leases give them back."""
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        claiming.release(claims)
    except DatabaseError:
        logger.exception("%s messages stay claimed until their lease ends.", len(claims))


def _send_wave(drafts: Sequence[Draft], lines: Lines, read: Clock) -> None:
    written = [draft for draft in drafts if _write(draft, now=read())]
    found = lines.begin([_envelope(draft) for draft in written])
    begun = {number: draft for number, draft in enumerate(written) if found[number] is None}
    _abandon(lines, [number for number, error in enumerate(found) if not isinstance(error, TransportError | None)])
    try:
        for draft, error in zip(written, found, strict=True):
            _refuse(draft, error, now=read())
        if not begun:
            _demand_a_server(found)
            return
        crash_point("recipient-taken")
        marked = {draft.claim for draft in check_and_mark(list(begun.values()), now=read())}
    except Exception:
        _abandon(lines, list(begun))
        raise
    _abandon(lines, [number for number, draft in begun.items() if draft.claim not in marked])
    if marked:
        _deliver({number: draft for number, draft in begun.items() if draft.claim in marked}, lines, read)


def _envelope(draft: Draft) -> Envelope:
    return Envelope(envelope_sender(draft.message.headers), for_envelope(draft.message.to_address))


def _demand_a_server(found: Sequence[Exception | None]) -> None:
    """Where nothing was begun because nobody answers, the rest of the batch need not be tried."""
    for error in found:
        if isinstance(error, Unreachable):
            raise error


def _abandon(lines: Lines, numbers: Sequence[int]) -> None:
    for number in numbers:
        lines.abandon(number)


def _write(draft: Draft, *, now: datetime) -> bool:
    """Whether it is to leave now, and could be written."""
    try:
        until = draft.waits_until(now)
        if until is not None:
            outcomes.wait_for_window(draft, until)
            return False
        if not for_envelope(draft.message.to_address).isascii():
            outcomes.refused(draft, Permanent("No mail server takes an address with such letters."), now=now)
            return False
        draft.write(now=now)
    except DatabaseError:
        raise
    except Exception as error:  # a mail that cannot be built must not stop the others
        logger.exception("Message %s could not be sent.", draft.claim.pk)
        outcomes.fault(draft, error, now=now)
        return False
    return True


def _refuse(draft: Draft, error: Exception | None, *, now: datetime) -> None:
    """Before the texts. What found no server goes back untouched."""
    if isinstance(error, Unreachable):
        claiming.release([draft.claim])
    elif isinstance(error, TransportError):
        outcomes.refused(draft, error, now=now)
    elif isinstance(error, DatabaseError):
        raise error
    elif error is not None:
        logger.error("Message %s could not be sent.", draft.claim.pk, exc_info=error)
        outcomes.fault(draft, error, now=now)


def _deliver(marked: dict[int, Draft], lines: Lines, read: Clock) -> None:
    """The texts go out once. Whatever goes wrong here without a refusal, nobody knows whether it left."""
    found = lines.deliver([(number, draft.content) for number, draft in marked.items()])
    crash_point("answered")
    answers = [(draft, _answer(draft, said)) for draft, said in zip(marked.values(), found, strict=True)]
    try:
        outcomes.record(answers, now=read())
    except DatabaseError:
        raise
    except Exception:
        logger.exception("What came of %s messages could not be recorded.", len(answers))
    crash_point("recorded")


def _answer(draft: Draft, said: Reply | Exception) -> Reply | TransportError:
    if isinstance(said, Reply | TransportError):
        return said
    logger.error("Message %s: a fault while its text was sent.", draft.claim.pk, exc_info=said)
    return Ambiguous(repr(said))
