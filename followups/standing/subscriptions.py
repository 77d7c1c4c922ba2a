"""Standing follows what happens on the floors below, in the transaction in which it happens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.backends.signals import connection_created
from django.db.models.signals import post_save, pre_save

from followups.standing.dialect import teach_folding
from followups.standing.refreshing import refresh, refresh_vendor
from partners import clock
from partners.models import Vendor
from partners.signals import partners_changed
from playbooks.models import Enrollment, Progress
from playbooks.signals import (
    enrollment_finished,
    enrollment_started,
    step_completed,
    step_helped,
    step_opened,
    step_skipped,
    step_snoozed,
    step_stuck,
)

THRESHOLDS = ("never_started_hours", "stopped_hours", "waiting_hours", "ordered_once_days")


def subscribe() -> None:
    connection_created.connect(teach_folding, dispatch_uid="standing-folding")
    partners_changed.connect(_partners_changed, dispatch_uid="standing-partners")
    for signal in (enrollment_started, enrollment_finished):
        signal.connect(_enrollment_moved, dispatch_uid="standing-enrollment")
    for signal in (step_opened, step_completed, step_skipped, step_stuck, step_helped, step_snoozed):
        signal.connect(_step_moved, dispatch_uid="standing-step")
    pre_save.connect(_remember_thresholds, sender=Vendor, dispatch_uid="standing-thresholds-before")
    post_save.connect(_thresholds_saved, sender=Vendor, dispatch_uid="standing-thresholds-after")


def _partners_changed(*, partner_ids: Sequence[int], now: datetime, **_: object) -> None:
    refresh(partner_ids=partner_ids, now=now)


def _enrollment_moved(*, enrollment: Enrollment, now: datetime, **_: object) -> None:
    refresh(partner_ids=[enrollment.partner_id], now=now)


def _step_moved(*, progress: Progress, now: datetime, **_: object) -> None:
    refresh(partner_ids=[progress.enrollment.partner_id], now=now)


def _remember_thresholds(*, instance: Vendor, **_: Any) -> None:
    """Note what the thresholds were, so that only a change of them costs a recompute."""
    before = Vendor.objects.filter(pk=instance.pk).values_list(*THRESHOLDS).first() if instance.pk else None
    instance._thresholds_before = before  # type: ignore[attr-defined]


def _thresholds_saved(*, instance: Vendor, created: bool, **_: Any) -> None:
    now_are = tuple(getattr(instance, field) for field in THRESHOLDS)
    if not created and instance._thresholds_before not in (None, now_are):  # type: ignore[attr-defined]
        refresh_vendor(vendor=instance, now=clock.now())
