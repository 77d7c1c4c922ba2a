"""The activity log's one writer."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Field

from partners.inserting import insert
from partners.models import Activity, Partner, User, Vendor


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


def record_activities(
    *, partner_ids: Sequence[int], kind: str, side: str, now: datetime, by: User | None = None, **data: Any
) -> None:
    """Write down the same deed for many partners, in one statement; inside the transaction of the deed."""
    if not partner_ids:
        return
    columns = "vendor_id, partner_id, at, side, kind, actor_id, actor_name, note, data"
    told = (now, Activity.Side(side), Activity.Kind(kind), by.pk if by else None, str(by or "")[:150], "")
    fields = ("at", "side", "kind", "actor", "actor_name", "note")
    values = [_prepared(field, value) for field, value in zip(fields, told, strict=True)]
    keys = ", ".join(str(int(pk)) for pk in partner_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO partners_activity ({columns}) "  # noqa: S608 - our own names, and keys that are numbers
            "SELECT vendor_id, id, %s, %s, %s, %s, %s, %s, %s "
            f"FROM partners_partner WHERE id IN ({keys}) ORDER BY id",
            [*values, json.dumps(data)],
        )


def record_each(
    *, vendor: Vendor, data: Mapping[int, Mapping[str, Any]], kind: str, side: str, now: datetime, by: User | None
) -> None:
    """Write down a deed that has details of its own for each partner (by key), in one statement."""
    same = {
        "vendor_id": vendor.pk,
        "at": now,
        "side": Activity.Side(side),
        "kind": Activity.Kind(kind),
        "actor_id": by.pk if by else None,
        "actor_name": str(by or "")[:150],
    }
    insert(Activity, ("partner_id", "data"), list(data.items()), same=same)


def _prepared(field: str, value: object) -> Any:
    column: Field[Any, Any] = Activity._meta.get_field(field)  # type: ignore[assignment]
    return column.get_db_prep_save(value, connection)
