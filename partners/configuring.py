"""A vendor's settings, and the version of its policy that follow-ups are planned under."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from partners import auditing
from partners.models import User, Vendor
from partners.signals import asking_stopped, policy_changed, thresholds_changed

POLICY = frozenset({"time_zone", "working_days", "day_starts", "day_ends"})
THRESHOLDS = frozenset({"never_started_hours", "stopped_hours", "waiting_hours", "ordered_once_days"})
CHANGEABLE = (
    POLICY
    | THRESHOLDS
    | {
        "name",
        "country",
        "language",
        "colour",
        "reply_to",
        "postal_address",
        "asks_confidence",
    }
)


@transaction.atomic
def change_vendor(*, vendor: Vendor, changes: Mapping[str, Any], by: User, now: datetime) -> Vendor:
    """Write what differs, and only that; a new zone, day or hour raises the policy's version.

    ``changes`` holds values by field name, of ``CHANGEABLE`` only. Raises ``ValidationError``.
    """
    if not CHANGEABLE.issuperset(changes):
        raise ValueError(f"Not settings of a vendor: {sorted(set(changes) - CHANGEABLE)}")
    vendor = Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
    differing = {field: value for field, value in changes.items() if getattr(vendor, field) != value}
    if not differing:
        return vendor
    before = {field: str(getattr(vendor, field)) for field in differing}
    for field, value in differing.items():
        setattr(vendor, field, value)
    vendor.policy_version += bool(POLICY.intersection(differing))
    vendor.full_clean()
    vendor.save(update_fields=[*differing, "policy_version"])
    after = {field: str(value) for field, value in differing.items()}
    auditing.record(vendor=vendor, action="vendor.changed", subject=vendor, by=by, now=now, before=before, after=after)
    # First, because it may wait for who holds a Standing; what listens to the other steps over what is held.
    if THRESHOLDS.intersection(differing):
        thresholds_changed.send(sender=Vendor, vendor=vendor, now=now)
    if POLICY.intersection(differing):
        policy_changed.send(sender=Vendor, vendor=vendor, now=now)
    if differing.get("asks_confidence") is False:
        asking_stopped.send(sender=Vendor, vendor=vendor, now=now)
    return vendor
