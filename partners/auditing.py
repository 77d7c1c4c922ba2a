"""The audit log's one writer."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from partners.inserting import insert
from partners.models import AuditEntry, User, Vendor


def record(*, vendor: Vendor, action: str, subject: object, by: User | None, now: datetime, **data: Any) -> AuditEntry:
    """Write one audit entry; call it inside the transaction of the change it tells of."""
    return AuditEntry.objects.create(vendor=vendor, at=now, by=by, action=action, subject=str(subject)[:200], data=data)


def record_each(
    *, vendor: Vendor, action: str, subjects: Iterable[object], by: User | None, now: datetime, **data: Any
) -> None:
    """The same change of many subjects: an entry for each, in one statement."""
    same = {"vendor_id": vendor.pk, "at": now, "by_id": by.pk if by else None, "action": action, "data": data}
    insert(AuditEntry, ("subject",), [(str(subject)[:200],) for subject in subjects], same=same)
