"""Manners towards the servers at the other end: at most so many mails a minute to a receiving domain.

What is one too many waits for a later minute, and never beyond the hours in which its reader may be written to.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from followups.engine import outcomes
from followups.engine.claiming import Claim
from followups.engine.loading import Draft
from followups.engine.spreading import fraction
from followups.engine.ticking import slot_of
from followups.models import Message, Pace

MINUTE = timedelta(minutes=1)
KEPT = timedelta(hours=1)
TAKE = "INSERT INTO followups_pace (domain, minute, taken, waiting) VALUES {rows} ON CONFLICT DO NOTHING"


def hold_back(drafts: Sequence[Draft], *, now: datetime) -> set[Claim]:
    """Put off those that are one too many for their domain in this minute of the clock; returns them.

    Account mail counts and is never put off: somebody waits for it.
    """
    most = settings.MAIL_PER_DOMAIN_MINUTE
    if most <= 0 or not drafts:
        return set()
    late: dict[Claim, tuple[Draft, datetime]] = {}
    with transaction.atomic():
        paces = _paces({domain_of(draft.message) for draft in drafts}, now=now)
        for draft in drafts:
            pace = paces[domain_of(draft.message)]
            if pace.taken < most or draft.message.kind == Message.Kind.ACCOUNT:
                pace.taken += 1
            else:
                late[draft.claim] = (draft, _later(draft, pace, most))
                pace.waiting += 1
        _keep(paces.values())
        for draft, until in late.values():
            outcomes.wait_for_window(draft, until)
    return set(late)


def domain_of(message: Message) -> str:
    return message.to_address.rpartition("@")[2].lower()


def _later(draft: Draft, pace: Pace, most: int) -> datetime:
    """In one of the minutes after this one, of which as many are spoken for as others wait already."""
    minute = pace.minute + MINUTE * (1 + pace.waiting // most)
    return draft.open_at(minute + fraction(draft.message.key) * MINUTE)


def _paces(domains: Collection[str], *, now: datetime) -> dict[str, Pace]:
    """What was taken up in this minute, ours alone until the transaction ends; all workers lock in one order."""
    minute, wanted = slot_of(now, every=MINUTE), sorted(domains)
    rows = ", ".join(["(%s, %s, 0, 0)"] * len(wanted))
    written = connection.ops.adapt_datetimefield_value(minute)
    with connection.cursor() as cursor:
        cursor.execute(TAKE.format(rows=rows), [value for domain in wanted for value in (domain, written)])
        is_new = cursor.rowcount > 0
    if is_new:
        Pace.objects.filter(minute__lt=minute - KEPT).delete()
    found = Pace.objects.select_for_update().filter(domain__in=wanted, minute=minute).order_by("domain")
    return {pace.domain: pace for pace in found}


def _keep(paces: Iterable[Pace]) -> None:
    for pace in paces:
        rows = Pace.objects.filter(domain=pace.domain, minute=pace.minute)
        rows.update(taken=pace.taken, waiting=pace.waiting)
