"""What takes longer than a request, carried out in batches by whoever holds the lease.

Each batch is a transaction of its own, together with its count. The database says who still waits, so what broke off
is simply begun again: whoever had their turn no longer waits. Some of it is done within the request that asks for it,
the rest by a worker.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from django.db import transaction
from django.db.models import F

from partners.models.errand import Errand, ErrandQuerySet

LEASE: Final = timedelta(minutes=3)
MOST_TRIES: Final = 3
logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Errand)


class CarriedOutElsewhere(Exception):
    """Somebody else is carrying this out right now, or it is done."""


class Act(Protocol):
    def __call__(self, keys: Sequence[int], /, *, now: datetime) -> Mapping[str, int]:
        """Do it to these, in a transaction that is open; by how much the errand's counts grow."""


def carry_out(
    errand: Errand, *, batches: Iterable[Sequence[int]], act: Act, now: datetime, seconds: float | None = None
) -> bool:
    """Take ``batches`` of keys in their turn, for at most ``seconds`` plus one batch; says whether that was all.

    Each batch is looked for when it is its turn. Raises ``CarriedOutElsewhere``; nothing of this batch is kept then.
    """
    this = _row(errand)
    if not this.claimable(now=now).update(lease_until=now + LEASE):
        raise CarriedOutElsewhere
    begun = time.monotonic()

    def at() -> datetime:
        return now + timedelta(seconds=time.monotonic() - begun)

    for keys in batches:
        with transaction.atomic():
            moment = at()
            grown = {name: F(name) + count for name, count in act(keys, now=moment).items()}
            if not this.running().update(**grown, lease_until=moment + LEASE):
                raise CarriedOutElsewhere  # we were so slow that somebody else has ended it
        if seconds is not None and time.monotonic() - begun > seconds:
            this.update(lease_until=None)
            return False
    this.update(lease_until=None, ended_at=at())
    return True


def carry_out_all(errands: ErrandQuerySet[Row], carry_out_one: Callable[[Row], object], *, now: datetime) -> None:
    """What a worker does when it is woken: everything that was asked for and that nobody is carrying out."""
    for errand in errands.claimable(now=now).order_by("asked_at"):
        try:
            carry_out_one(errand)
        except CarriedOutElsewhere:
            continue
        except Exception:  # one errand must not keep the others waiting
            logger.exception("Carrying out %s %s broke off: %s", errand._meta.model_name, errand.pk, errand)
            _broke_off(errand, now=now)


def _broke_off(errand: Errand, *, now: datetime) -> None:
    """Try again at the next wake-up; not for ever. Who still waits can be asked for anew."""
    this = _row(errand)
    this.update(tries=F("tries") + 1, lease_until=None)
    this.filter(tries__gte=MOST_TRIES).update(ended_at=now)


def _row(errand: Errand) -> ErrandQuerySet[Errand]:
    return ErrandQuerySet(type(errand)).filter(pk=errand.pk)
