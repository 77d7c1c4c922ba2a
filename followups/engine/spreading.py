"""Not all on the stroke of nine: reminders that are decided together leave over a while, if the settings say so."""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings

from partners.hours import Hours, closing_of


def spread(key: str, *, now: datetime, hours: Hours) -> datetime:
    """When a reminder that is decided ``now``, within its reader's hours, leaves: within them too, as its key says.

    The same key always gets the same share of what there is, so trying again changes nothing.
    """
    widest = timedelta(seconds=settings.MAIL_SPREAD_SECONDS)
    if not widest:
        return now
    return now + fraction(key) * min(widest, closing_of(now, hours) - now)


def fraction(key: str) -> float:
    """At least 0 and less than 1; the same for the same key, in every process."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6]) / 2**48
