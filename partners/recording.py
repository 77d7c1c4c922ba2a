"""The activity log's one writer."""

from datetime import datetime
from typing import Any

from partners.models import Activity, Partner, User


def record_activity(
    *,
    partner: Partner,
    kind: str,
    side: str,
    now: datetime,
    by: User | None = None,
    actor_name: str = "",
    note: str = "",
    **data: Any,
) -> Activity:
    """Write down what somebody did; call it inside the transaction of the deed it tells of.

    ``kind`` and ``side`` are an ``Activity.Kind`` and an ``Activity.Side``. ``actor_name`` is for people without
    a login, and else taken from ``by``, so that the log can still be read when the user is gone.
    """
    return Activity.objects.create(
        vendor_id=partner.vendor_id,
        partner=partner,
        at=now,
        side=Activity.Side(side),
        kind=Activity.Kind(kind),
        actor=by,
        actor_name=(actor_name or str(by or ""))[:150],
        note=note,
        data=data,
    )
