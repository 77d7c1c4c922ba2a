"""The audit log's one writer."""

from datetime import datetime
from typing import Any

from partners.models import AuditEntry, User, Vendor


def record(*, vendor: Vendor, action: str, subject: object, by: User | None, now: datetime, **data: Any) -> AuditEntry:
    """Write one audit entry; call it inside the transaction of the change it tells of."""
    return AuditEntry.objects.create(vendor=vendor, at=now, by=by, action=action, subject=str(subject)[:200], data=data)
