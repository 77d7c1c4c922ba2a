from datetime import datetime, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from partners.configuring import change_vendor
from partners.models import AuditEntry, Member, Vendor
from partners.signals import policy_changed


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ({"time_zone": "Europe/London"}, 2),
        ({"working_days": "123456"}, 2),
        ({"day_starts": time(8), "day_ends": time(20)}, 2),
        ({"name": "Nordlicht", "stopped_hours": 96}, 1),
        ({"time_zone": "Europe/Berlin"}, 1),
    ],
)
def test_a_new_zone_or_hour_is_a_new_policy(
    vendor: Vendor, owner: Member, now: datetime, changes: dict[str, Any], version: int
) -> None:
    told: list[Vendor] = []

    def on_change(*, vendor: Vendor, **_: Any) -> None:
        told.append(vendor)

    policy_changed.connect(on_change)
    changed = change_vendor(vendor=vendor, changes=changes, by=owner.user, now=now)
    policy_changed.disconnect(on_change)
    assert changed.policy_version == version
    assert len(told) == version - 1


def test_the_audit_says_what_was_and_what_is(vendor: Vendor, owner: Member, now: datetime) -> None:
    change_vendor(vendor=vendor, changes={"name": "Nord", "country": "DE"}, by=owner.user, now=now)
    entry = AuditEntry.objects.get(action="vendor.changed")
    assert entry.data == {"before": {"name": "Nordlicht Backup"}, "after": {"name": "Nord"}}


def test_nothing_new_is_not_audited(vendor: Vendor, owner: Member, now: datetime) -> None:
    change_vendor(vendor=vendor, changes={"name": vendor.name}, by=owner.user, now=now)
    assert not AuditEntry.objects.filter(action="vendor.changed").exists()


@pytest.mark.parametrize(
    "changes", [{"time_zone": "Nowhere/Now"}, {"working_days": ""}, {"colour": "red"}, {"day_starts": time(18)}]
)
def test_nonsense_is_refused(vendor: Vendor, owner: Member, now: datetime, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        change_vendor(vendor=vendor, changes=changes, by=owner.user, now=now)
    vendor.refresh_from_db()
    assert vendor.policy_version == 1


def test_the_address_is_no_setting(vendor: Vendor, owner: Member, now: datetime) -> None:
    with pytest.raises(ValueError, match="slug"):
        change_vendor(vendor=vendor, changes={"slug": "mine"}, by=owner.user, now=now)
