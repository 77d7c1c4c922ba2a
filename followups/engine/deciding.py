"""Due follow-ups become messages, or wait, or end: one short transaction per batch."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction

from followups.engine.archiving import take_back_sent
from followups.engine.crashing import crash_point
from followups.engine.delivering import deliver
from followups.engine.facts import Due, MailboxKey
from followups.engine.gathering import gather, read_due
from followups.engine.judging import Finish, Hold, Send, Verdict, judge
from followups.engine.spreading import spread
from followups.engine.telling import tell_on_commit
from followups.engine.writing import add, rewrite
from followups.models import FollowUp, Message, Touch
from partners.hours import next_day

logger = logging.getLogger(__name__)
BATCH = 200
AFTER_A_FAULT = timedelta(hours=1)
LEAVING = (Touch.Channel.MAIL, Touch.Channel.WEBHOOK)  # the others are there by being written down
HELD_FIELDS = ["due_at", "reason", "held"]
DECIDED_FIELDS = ["state", "reason", "message", "finished_at"]
REPLANNED_FIELDS = ["time_zone", "policy_version", "offset", "contact"]  # what judging may find to be another now
# What a message begins with, in the order of ``_begun``.
BEGUN = (
    *("vendor_id", "key", "kind", "channel", "contact_id", "member_id"),
    *("to_address", "language", "not_before", "created_at"),
)

Decision = tuple[Due, Verdict]
Sendable = tuple[Due, Send]


class Opened(NamedTuple):
    """The message under a key, as far as it matters to what may join it."""

    pk: int
    state: str


def decide_batch(*, now: datetime, limit: int = BATCH) -> int:
    """Decide up to ``limit`` due follow-ups; returns how many there were.

    A row that cannot be decided is pushed forward by itself, with its error in the log, and the rest goes on.
    """
    try:
        with transaction.atomic():
            decided = _decide(_claim_due(now=now, limit=limit), now=now)
        crash_point("decided")
        return decided
    except DatabaseError:
        raise
    except Exception:
        logger.exception("A batch of follow-ups could not be decided; deciding one at a time.")
        return _decide_singly(now=now, limit=limit)


def next_due(*, now: datetime) -> datetime | None:
    """When the next follow-up falls due, of those that have not yet."""
    coming = FollowUp.objects.scheduled().filter(due_at__gt=now).order_by("due_at")
    return coming.values_list("due_at", flat=True).first()


def _decide_singly(*, now: datetime, limit: int) -> int:
    due = FollowUp.objects.due(now=now).order_by("due_at", "pk").values_list("pk", flat=True)[:limit]
    for pk in list(due):
        try:
            with transaction.atomic():
                _decide(_claim_due(now=now, limit=1, only=pk), now=now)
        except DatabaseError:
            raise
        except Exception:
            logger.exception("Follow-up %s could not be decided; trying again in an hour.", pk)
            FollowUp.objects.scheduled().filter(pk=pk).update(due_at=now + AFTER_A_FAULT)
    return len(due)


def _claim_due(*, now: datetime, limit: int, only: int | None = None) -> list[Due]:
    """Rows that fell due, locked until the transaction ends; other workers step over them.

    The lock and the limit stand in one plain statement over one table, which is what the CTE would be for; what
    belongs to the rows is read afterwards.
    """
    due = FollowUp.objects.due(now=now).order_by("due_at", "pk")
    if only is not None:
        due = due.filter(pk=only)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    pks = list(due.values_list("pk", flat=True)[:limit])
    return read_due(pks)


def _decide(dues: Sequence[Due], *, now: datetime) -> int:
    if not dues:
        return 0
    crash_point("due-locked")
    facts = gather(dues, now=now)
    decisions: list[Decision] = [(due, judge(due, facts, now=now)) for due in dues]
    crash_point("judged")
    _finish(decisions, now=now)
    waiting = {mailbox: m.key for mailbox, m in facts.pending.items() if m.state == Message.State.READY}
    sendable = [(due, verdict) for due, verdict in decisions if isinstance(verdict, Send)]
    held = _send([one for one in sendable if one[1].channel in LEAVING], waiting, now=now)
    _deliver([one for one in sendable if one[1].channel not in LEAVING], now=now)
    tell_on_commit(decisions, {due.pk: hold for due, hold in held}, now=now)
    _hold([*held, *((due, verdict) for due, verdict in decisions if isinstance(verdict, Hold))])
    crash_point("deciding")
    return len(dues)


def _finish(decisions: Iterable[Decision], *, now: datetime) -> None:
    by_end: dict[Finish, list[int]] = defaultdict(list)
    for due, verdict in decisions:
        if isinstance(verdict, Finish):
            by_end[verdict].append(due.pk)
    for end, pks in by_end.items():
        FollowUp.objects.filter(pk__in=pks).update(state=end.state, reason=end.reason, finished_at=now)


def _hold(held: Sequence[tuple[Due, Hold]]) -> None:
    for due, hold in held:
        due.due_at, due.reason, due.held = hold.until, hold.reason, hold.reason
    _rewrite([due for due, _ in held], HELD_FIELDS)


def _rewrite(dues: Sequence[Due], names: Sequence[str]) -> None:
    """Few are judged by another zone, person or policy than they were planned by; only those are written in full."""
    rewrite(FollowUp, [due for due in dues if not due.is_replanned], names)
    rewrite(FollowUp, [due for due in dues if due.is_replanned], [*names, *REPLANNED_FIELDS])


def _send(sendable: Sequence[Sendable], waiting: dict[MailboxKey, str], *, now: datetime) -> list[tuple[Due, Hold]]:
    """Put each follow-up into its reader's mail of the day; returns those for which that mail has left already."""
    by_key: dict[str, list[Sendable]] = defaultdict(list)
    for due, send in sendable:
        by_key[_key(due, send, waiting)].append((due, send))
    messages, begun = _open_messages(by_key, now=now)
    crash_point("message-inserted")
    late, ready = [], []
    for key, group in by_key.items():
        message = messages[key]
        if message.state != Message.State.READY:
            late += [(due, Hold(next_day(now, send.hours), FollowUp.Reason.DAILY_CAP)) for due, send in group]
        else:
            ready += _decided([due for due, _ in group], message.pk, joins=message.pk in begun, now=now)
    _rewrite(ready, DECIDED_FIELDS)
    return late


def _deliver(sendable: Sequence[Sendable], *, now: datetime) -> None:
    """What leaves nothing: one message each, which nothing else joins."""
    if not sendable:
        return
    messages = {due.pk: _message(f"fu:{due.pk}:{send.channel}", due, send, now=now) for due, send in sendable}
    deliver(messages, now=now)
    for due, _send in sendable:
        _decided([due], messages[due.pk].pk, joins=False, now=now)
    _rewrite([due for due, _send in sendable], DECIDED_FIELDS)


def _key(due: Due, send: Send, waiting: dict[MailboxKey, str]) -> str:
    """A mail of its own; everything else joins the reminder that waits, or begins the day's."""
    if send.channel == Touch.Channel.WEBHOOK:
        return f"fu:{due.pk}:{send.channel}"
    if send.is_alone:
        return f"fu:{due.pk}:{send.mailbox[1]}"
    return waiting.get(send.mailbox) or digest_key(send)


def digest_key(send: Send) -> str:
    """The key of a person's one reminder of a day. The rows' unique key makes a second one impossible."""
    vendor, address = send.mailbox
    return f"digest:{vendor}:{address}:{send.day.isoformat()}"


def _open_messages(
    by_key: dict[str, list[Sendable]], *, now: datetime
) -> tuple[dict[str, Opened], AbstractSet[int | None]]:
    """The message under each key, ours alone until the transaction ends, and which of them carry something already."""
    # Inserted in one order by everybody: two workers that need the same keys wait, and never for each other.
    fresh = add(Message, BEGUN, [_begun(key, *by_key[key][0], now=now) for key in sorted(by_key)], unless_taken="key")
    messages = {key: Opened(pk, Message.State.READY) for key, pk in fresh.items()}
    messages |= {key: Opened(*archived) for key, archived in take_back_sent(fresh).items()}
    taken = by_key.keys() - fresh.keys()
    if not taken:
        return messages, frozenset()
    waiting = list(Message.objects.select_for_update().filter(key__among=taken).order_by("pk"))
    _reopen([message for message in waiting if message.state == Message.State.CANCELLED], now=now)
    begun = FollowUp.objects.filter(message__in=waiting).values_list("message", flat=True)
    return messages | {each.key: Opened(each.pk, each.state) for each in waiting}, set(begun)


def _reopen(unused: list[Message], *, now: datetime) -> None:
    """Their steps were all done before they left: the day's one mail is still to be had."""
    for message in unused:
        message.state, message.not_before, message.finished_at = Message.State.READY, now, None
    rewrite(Message, unused, ["state", "not_before", "finished_at"])


def _begun(key: str, due: Due, send: Send, *, now: datetime) -> tuple[object, ...]:
    vendor, address = send.mailbox
    not_before = now if send.is_alone else spread(key, now=now, hours=send.hours)
    reader = (due.contact_id, due.member_id, address, send.language)
    return (vendor, key, send.kind, send.channel, *reader, not_before, now)


def _message(key: str, due: Due, send: Send, *, now: datetime) -> Message:
    return Message(**dict(zip(BEGUN, _begun(key, due, send, now=now), strict=True)))


def _decided(group: list[Due], message: int, *, joins: bool, now: datetime) -> list[Due]:
    for number, due in enumerate(group):
        due.state, due.message_id, due.finished_at = FollowUp.State.DECIDED, message, now
        due.reason = FollowUp.Reason.MERGED if joins or number else FollowUp.Reason.SENT_ALONE
    return group
