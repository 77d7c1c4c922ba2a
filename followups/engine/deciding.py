"""Due follow-ups become messages, or wait, or end: one short transaction per batch."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction

from followups.engine.gathering import gather
from followups.engine.judging import Finish, Hold, Mailbox, Send, Verdict, judge
from followups.engine.rewriting import rewrite
from followups.engine.windows import next_day
from followups.models import FollowUp, Message

logger = logging.getLogger(__name__)
BATCH = 200
AFTER_A_FAULT = timedelta(hours=1)
HELD_FIELDS = ["due_at", "reason", "time_zone", "policy_version", "offset", "contact"]
DECIDED_FIELDS = ["state", "reason", "message", "finished_at", "time_zone", "policy_version", "offset", "contact"]
RELATED = ("partner", "enrollment", "progress", "contact__partner", "member__user")

Decision = tuple[FollowUp, Verdict]
Sendable = tuple[FollowUp, Send]


def decide_batch(*, now: datetime, limit: int = BATCH) -> int:
    """Decide up to ``limit`` due follow-ups; returns how many there were.

    A row that cannot be decided is pushed forward by itself, with its error in the log, and the rest goes on.
    """
    try:
        with transaction.atomic():
            return _decide(_claim_due(now=now, limit=limit), now=now)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("A batch of follow-ups could not be decided; deciding one at a time.")
        return _decide_singly(now=now, limit=limit)


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


def _claim_due(*, now: datetime, limit: int, only: int | None = None) -> list[FollowUp]:
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
    return list(FollowUp.objects.filter(pk__in=pks).select_related(*RELATED).order_by("due_at", "pk")) if pks else []


def _decide(followups: Sequence[FollowUp], *, now: datetime) -> int:
    if not followups:
        return 0
    facts = gather(followups, now=now)
    decisions: list[Decision] = [(followup, judge(followup, facts, now=now)) for followup in followups]
    _finish(decisions, now=now)
    waiting = {mailbox: m.key for mailbox, m in facts.pending.items() if m.state == Message.State.READY}
    held = _send([(one, verdict) for one, verdict in decisions if isinstance(verdict, Send)], waiting, now=now)
    _hold([*held, *((one, verdict) for one, verdict in decisions if isinstance(verdict, Hold))])
    _log(decisions)
    return len(followups)


def _finish(decisions: Iterable[Decision], *, now: datetime) -> None:
    by_end: dict[Finish, list[int]] = defaultdict(list)
    for followup, verdict in decisions:
        if isinstance(verdict, Finish):
            by_end[verdict].append(followup.pk)
    for end, pks in by_end.items():
        FollowUp.objects.filter(pk__in=pks).update(state=end.state, reason=end.reason, finished_at=now)


def _hold(held: Iterable[tuple[FollowUp, Hold]]) -> None:
    rows = []
    for followup, hold in held:
        followup.due_at, followup.reason = hold.until, hold.reason
        rows.append(followup)
    rewrite(rows, HELD_FIELDS)


def _send(sendable: Sequence[Sendable], waiting: dict[Mailbox, str], *, now: datetime) -> list[tuple[FollowUp, Hold]]:
    """Put each follow-up into its reader's mail of the day; returns those for which that mail has left already."""
    by_key: dict[str, list[Sendable]] = defaultdict(list)
    for followup, send in sendable:
        by_key[_key(followup, send, waiting)].append((followup, send))
    messages = _open_messages(by_key, now=now)
    begun = set(FollowUp.objects.filter(message__in=messages.values()).values_list("message", flat=True))
    late, ready = [], []
    for key, group in by_key.items():
        message = messages[key]
        if message.state != Message.State.READY:
            late += [(one, Hold(next_day(now, send.hours), FollowUp.Reason.DAILY_CAP)) for one, send in group]
        else:
            ready += _decided([one for one, _ in group], message, joins=message.pk in begun, now=now)
    rewrite(ready, DECIDED_FIELDS)
    return late


def _key(followup: FollowUp, send: Send, waiting: dict[Mailbox, str]) -> str:
    """A welcome is a mail of its own; everything else joins the reminder that waits, or begins the day's."""
    if send.is_welcome:
        return f"fu:{followup.pk}:{send.mailbox[1]}"
    return waiting.get(send.mailbox) or digest_key(send)


def digest_key(send: Send) -> str:
    """The key of a person's one reminder of a day. The rows' unique key makes a second one impossible."""
    vendor, address = send.mailbox
    return f"digest:{vendor}:{address}:{send.day.isoformat()}"


def _open_messages(by_key: dict[str, list[Sendable]], *, now: datetime) -> dict[str, Message]:
    """The message under each key, made where there is none, locked so that it cannot leave meanwhile."""
    # Inserted in one order by everybody: two workers that need the same keys wait, and never for each other.
    fresh = [_message(key, *by_key[key][0], now=now) for key in sorted(by_key)]
    Message.objects.bulk_create(fresh, ignore_conflicts=True)
    messages = {m.key: m for m in Message.objects.select_for_update().filter(key__in=by_key).order_by("pk")}
    unused = [m for m in messages.values() if m.state == Message.State.CANCELLED]
    for message in unused:  # its steps were all done before it left: the day's one mail is still to be had
        message.state, message.not_before, message.finished_at = Message.State.READY, now, None
    rewrite(unused, ["state", "not_before", "finished_at"])
    return messages


def _message(key: str, followup: FollowUp, send: Send, *, now: datetime) -> Message:
    vendor, address = send.mailbox
    return Message(
        vendor_id=vendor,
        key=key,
        kind=Message.Kind.GREETING if send.is_welcome else Message.Kind.REMINDER,
        contact=followup.contact,
        member=followup.member,
        to_address=address,
        language=send.language,
        not_before=now,
        created_at=now,
    )


def _decided(group: list[FollowUp], message: Message, *, joins: bool, now: datetime) -> list[FollowUp]:
    for number, followup in enumerate(group):
        followup.state, followup.message, followup.finished_at = FollowUp.State.DECIDED, message, now
        followup.reason = FollowUp.Reason.MERGED if joins or number else FollowUp.Reason.SENT_ALONE
    return group


def _log(decisions: Iterable[Decision]) -> None:
    for followup, verdict in decisions:
        reason = "" if isinstance(verdict, Send) else verdict.reason
        logger.info("follow-up %s: %s %s", followup.pk, type(verdict).__name__.lower(), reason)
