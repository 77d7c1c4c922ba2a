"""What is over and long past moves out of the hot tables, with its keys, so that these stay as small as what moves.

A row is over when its state is final and its step is no longer in play: whatever may still be planned, judged or said
about a step finds all of it where it was. Rows keep their primary keys, so a message's attempts and follow-ups lie
beside it; and unique keys are kept, so that nothing is planned or sent under one of them again. A note at somebody's
bell and a call stay where they are, read and done or not, and point to their follow-up in the archive.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from followups.engine.ticking import claim_slot, slot_of
from followups.models import (
    ArchivedAttempt,
    ArchivedFollowUp,
    ArchivedMessage,
    Attempt,
    FollowUp,
    Message,
    Notification,
    Task,
)
from partners.models import Partner, Vendor
from playbooks.models import Enrollment, Progress

JOB = "archive"
EVERY = timedelta(hours=1)
BATCH = 500
# Their key names a follow-up, which may be judged anew.
OWN_KINDS = (Message.Kind.GREETING, Message.Kind.ANSWER, Message.Kind.TOUCH)
NOBODY = 0  # stands before the first vendor, for the mails that belong to none
# By hot table: its archive. A message goes before what points to it, and comes back before it too.
ARCHIVES: dict[type[models.Model], type[models.Model]] = {
    Message: ArchivedMessage,
    Attempt: ArchivedAttempt,
    FollowUp: ArchivedFollowUp,
}
IN_PLAY = Q(progress__enrollment__state=Enrollment.State.RUNNING) & ~Q(progress__state__in=Progress.SETTLED)
POINTING: tuple[type[models.Model], ...] = (Notification, Task)  # to a follow-up, wherever it is


def begin(*, now: datetime) -> bool:
    """Whether it is this caller who archives in this hour."""
    return settings.ARCHIVE_AFTER_DAYS > 0 and claim_slot(JOB, slot_of(now, every=EVERY))


def archive_some(*, vendor: int, now: datetime, size: int = BATCH) -> int | None:
    """One batch of one vendor, for whoever has other work in between. Begin with ``NOBODY``.

    Returns the vendor to go on with; None when all are through.
    """
    before = now - timedelta(days=settings.ARCHIVE_AFTER_DAYS)
    if archive_batch(vendor=vendor or None, before=before, size=size):
        return vendor
    return Vendor.objects.filter(pk__gt=vendor).order_by("pk").values_list("pk", flat=True).first()


@transaction.atomic
def archive_batch(*, vendor: int | None, before: datetime, size: int = BATCH) -> int:
    """Move what of this vendor was over ``before``: at most ``size`` messages and follow-ups; returns how many.

    What somebody holds is stepped over. A message goes together with all that it carried.
    """
    messages = _keys(_messages(vendor, before), size)
    followups = list(FollowUp.objects.filter(message__in=messages).values_list("pk", flat=True))
    if len(messages) < size and vendor is not None:
        followups += _keys(_followups(vendor, before), size - len(messages))
    attempts = list(Attempt.objects.filter(message__in=messages).values_list("pk", flat=True))
    _move({Message: messages, Attempt: attempts, FollowUp: followups}, back=False)
    return len(messages) + len(followups)


def _messages(vendor: int | None, before: datetime) -> QuerySet[Message]:
    """A mail of its own that was called off may still be taken up again."""
    carried = FollowUp.objects.filter(message=OuterRef("pk"))
    over = Message.objects.filter(vendor=vendor, created_at__lt=before, finished_at__lt=before)
    over = over.exclude(Q(kind__in=OWN_KINDS) & ~Exists(carried))
    return over.filter(~Exists(carried.filter(IN_PLAY))).order_by("created_at")


def _followups(vendor: int, before: datetime) -> QuerySet[FollowUp]:
    """Those that no message carries; the others go with theirs."""
    over = FollowUp.objects.finished().filter(vendor=vendor, finished_at__lt=before, message=None)
    return over.exclude(IN_PLAY).order_by("finished_at")


def _keys(rows: QuerySet[Any], size: int) -> list[int]:
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return list(rows.values_list("pk", flat=True)[:size])


@transaction.atomic
def bring_back(*, partner: Partner) -> int:
    """Everything of a partner's that was archived, into the hot tables again; returns how many rows that were."""
    followups = ArchivedFollowUp.objects.filter(partner=partner)
    messages = set(followups.filter(message__isnull=False).values_list("message", flat=True))
    messages |= set(ArchivedMessage.objects.filter(contact__partner=partner).values_list("pk", flat=True))
    return _bring_back(messages, followups)


def bring_all_back(*, size: int = BATCH) -> int:
    """The whole archive, in batches; returns how many rows that were."""
    count = 0
    while True:
        with transaction.atomic():
            messages = set(ArchivedMessage.objects.order_by("pk").values_list("pk", flat=True)[:size])
            alone = ArchivedFollowUp.objects.filter(message=None).order_by("pk").values_list("pk", flat=True)[:size]
            moved = _bring_back(messages, ArchivedFollowUp.objects.filter(pk__in=list(alone)))
        if not moved:
            return count
        count += moved


def _bring_back(messages: Collection[int], followups: QuerySet[ArchivedFollowUp]) -> int:
    carried = ArchivedFollowUp.objects.filter(message__in=messages)  # also what is about other partners
    rows = {pk for found in (followups, carried) for pk in found.values_list("pk", flat=True)}
    attempts = list(ArchivedAttempt.objects.filter(message__in=messages).values_list("pk", flat=True))
    _move({Message: list(messages), Attempt: attempts, FollowUp: list(rows)}, back=True)
    return len(messages) + len(rows)


def _move(keys: dict[type[models.Model], Sequence[int]], *, back: bool) -> None:
    """From table to table by two statements each: no row is ever in neither."""
    tables = {hot: (archive, hot) if back else (hot, archive) for hot, archive in ARCHIVES.items()}
    with connection.cursor() as cursor:
        for hot, (source, target) in tables.items():
            for sql, pks in _statements(source, target, keys[hot]):
                cursor.execute(sql[0], pks)
        for turn, pks in _turns(keys[FollowUp], back=back):
            cursor.execute(turn, pks)
        for hot, (source, target) in reversed(tables.items()):
            for sql, pks in _statements(source, target, keys[hot]):
                cursor.execute(sql[1], pks)


def _statements(
    source: type[models.Model], target: type[models.Model], pks: Sequence[int]
) -> list[tuple[tuple[str, str], Sequence[int]]]:
    if not pks:
        return []
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in target._meta.local_concrete_fields)
    where = f"WHERE id IN ({', '.join(['%s'] * len(pks))})"
    copy = f"INSERT INTO {target._meta.db_table} ({names}) SELECT {names} FROM {source._meta.db_table} {where}"  # noqa: S608 - names of our own
    return [((copy, f"DELETE FROM {source._meta.db_table} {where}"), pks)]  # noqa: S608 - names of our own


def _turns(pks: Sequence[int], *, back: bool) -> list[tuple[str, Sequence[int]]]:
    """What points to these follow-ups points to where they went: to the row in which they keep their primary key."""
    if not pks:
        return []
    before, after = ("archived_id", "followup_id") if back else ("followup_id", "archived_id")
    where = f"WHERE {before} IN ({', '.join(['%s'] * len(pks))})"
    tables = [model._meta.db_table for model in POINTING]
    return [(f"UPDATE {table} SET {after} = {before}, {before} = NULL {where}", pks) for table in tables]  # noqa: S608 - names of our own


def count_archived() -> int:
    """Messages and follow-ups."""
    return ArchivedMessage.objects.count() + ArchivedFollowUp.objects.count()


# Keys that were used


def last_episodes(steps: Collection[int], *, kind: str | None = None) -> dict[int, int]:
    """By step: the last episode under which it had follow-ups (of one kind), in use or archived; one query."""
    wanted = Q(progress__in=steps) if kind is None else Q(progress__in=steps, kind=kind)
    hot, archived = (rows.filter(wanted) for rows in _both())
    last = Max("episode")
    found: dict[int, int] = {}
    for step, episode in _by_step(hot, last).union(_by_step(archived, last), all=True):
        found[step] = max(episode, found.get(step, 0))
    return found


def _by_step(rows: QuerySet[Any], last: Max) -> Any:
    return rows.order_by().values_list("progress").annotate(last)


def _both() -> tuple[QuerySet[Any], QuerySet[Any]]:
    return FollowUp.objects.all(), ArchivedFollowUp.objects.all()


def partners_with(kind: str, *, among: Collection[int]) -> set[int]:
    """Which of these partners had a follow-up of this kind, in use or archived; one query."""
    hot, archived = (rows.filter(partner__in=among, kind=kind).order_by().values_list("partner") for rows in _both())
    return {partner for (partner,) in hot.union(archived)}


def take_back_used(pks: Collection[int]) -> None:
    """Delete those of these follow-ups, inserted in this transaction, whose key lies in the archive.

    Looked for after inserting: had somebody been archiving that very key, the insert would have waited for them.
    """
    same = {"kind": OuterRef("kind"), "episode": OuterRef("episode")}
    of_walk = ArchivedFollowUp.objects.filter(enrollment=OuterRef("enrollment"), **same)
    of_partner = ArchivedFollowUp.objects.filter(partner=OuterRef("partner"), enrollment=None, progress=None, **same)
    used = FollowUp.objects.filter(pk__in=pks).filter(
        Exists(of_walk.filter(progress=OuterRef("progress")))
        | Q(progress=None) & Exists(of_walk.filter(progress=None))
        | Q(progress=None, enrollment=None) & Exists(of_partner)
    )
    found = list(used.values_list("pk", flat=True))
    if found:
        FollowUp.objects.filter(pk__in=found).delete()


def take_back_sent(messages: Mapping[str, int]) -> dict[str, tuple[int, str]]:
    """The same for messages, which are given by key: the archived ones' primary keys and states, by key."""
    found = ArchivedMessage.objects.filter(key__among=messages.keys()).values_list("key", "pk", "state")
    used = {key: (pk, state) for key, pk, state in found}
    if used:
        Message.objects.filter(pk__in=[messages[key] for key in used]).delete()
    return used
