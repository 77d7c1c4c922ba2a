"""Holding everything back that the engine plans for one vendor, and letting it go on; nothing is lost in between.

A pause holds in three places: deciding puts due follow-ups off, claiming steps over what is ready, and the mark before
DATA is not written. Whatever a vendor's pause did not see in time is met by the next of the three.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from followups.engine.waking import wake_on_commit
from followups.models import FollowUp, Message, Pause
from partners import auditing
from partners.models import User, Vendor

# A held follow-up is looked at again this often, should the pause be forgotten; resuming brings it back at once.
LOOK_AGAIN = timedelta(days=1)
# Ready messages of a paused vendor wait there, behind all others in the index that claiming reads.
PARKED = datetime(2999, 1, 1, tzinfo=UTC)
PLANNED_KINDS = (Message.Kind.REMINDER, Message.Kind.GREETING, Message.Kind.ANSWER)
LOCK = "SELECT vendor_id FROM followups_pause WHERE ended_at IS NULL AND vendor_id IN ({places}) {lock}"


@transaction.atomic
def pause(*, vendor: Vendor, reason: str, by: str, now: datetime, user: User | None = None) -> bool:
    """Nothing planned leaves for ``vendor`` from the commit on. Says whether that is new."""
    begun = {"reason": reason, "began_at": now, "began_by": by}
    _pause, made = Pause.objects.get_or_create(vendor=vendor, ended_at=None, defaults=begun)
    if made:
        _ready(vendor).update(not_before=PARKED)
        auditing.record(
            vendor=vendor, action="sending.paused", subject=vendor, by=user, now=now, reason=reason, name=by
        )
    return made


@transaction.atomic
def resume(*, vendor: Vendor, by: str, now: datetime, user: User | None = None) -> bool:
    """What waited is due now, and judged anew: caps, hours and steps count as they are then. Says whether it waited."""
    # Waits for whoever is deciding by the pause just now, so that what they put off is found below.
    if not Pause.objects.in_force().filter(vendor=vendor).update(ended_at=now, ended_by=by):
        return False
    _ready(vendor).filter(not_before=PARKED).update(not_before=now)
    held = FollowUp.objects.of(vendor).scheduled().filter(due_at__gt=now, due_at__lte=now + LOOK_AGAIN)
    held.filter(reason=FollowUp.Reason.PAUSED).update(due_at=now)
    auditing.record(vendor=vendor, action="sending.resumed", subject=vendor, by=user, now=now, name=by)
    wake_on_commit()
    return True


def _ready(vendor: Vendor) -> QuerySet[Message]:
    return Message.objects.of(vendor).filter(state=Message.State.READY, kind__in=PLANNED_KINDS)


def current_pause(vendor: Vendor) -> Pause | None:
    return Pause.objects.in_force().filter(vendor=vendor).first()


def paused_among(vendor_ids: Collection[int]) -> frozenset[int]:
    """Which of the vendors are paused; they stay so until the transaction ends. Nothing is locked where none is."""
    found = Pause.objects.in_force().filter(vendor__among=vendor_ids).values_list("vendor_id", flat=True)
    paused = sorted(found)
    if not paused:
        return frozenset()
    lock = "FOR SHARE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(places=", ".join(["%s"] * len(paused)), lock=lock), paused)
        return frozenset(vendor_id for (vendor_id,) in cursor.fetchall())
