"""Standing follows what happens on the floors below, in the transaction in which it happens."""

from collections.abc import Sequence
from datetime import datetime

from django.db.backends.signals import connection_created

from followups.standing.dialect import teach_folding
from followups.standing.refreshing import judge_anew, refresh
from partners.models import Vendor
from partners.signals import partners_changed, thresholds_changed
from playbooks.models import Enrollment, Progress
from playbooks.signals import (
    enrollment_finished,
    enrollments_upgraded,
    handover_moved,
    slot_withdrawn,
    step_completed,
    step_handed_in,
    step_helped,
    step_opened,
    step_sent_back,
    step_skipped,
    step_snoozed,
    step_stuck,
    step_withdrawn,
    steps_left_out,
)

STEP_MOVES = (
    *(step_completed, step_skipped, step_stuck, step_helped, step_snoozed),
    *(step_handed_in, step_withdrawn, step_sent_back, slot_withdrawn, handover_moved),
)


def subscribe() -> None:
    connection_created.connect(teach_folding, dispatch_uid="standing-folding")
    partners_changed.connect(_partners_changed, dispatch_uid="standing-partners")
    # A playbook that starts opens its first step, which is told at once: the start itself needs no refresh.
    enrollment_finished.connect(_enrollment_moved, dispatch_uid="standing-enrollment")
    enrollments_upgraded.connect(_partners_changed, dispatch_uid="standing-upgraded")
    step_opened.connect(_steps_opened, dispatch_uid="standing-opened")
    steps_left_out.connect(_left_out, dispatch_uid="standing-left-out")
    for signal in STEP_MOVES:
        signal.connect(_step_moved, dispatch_uid="standing-step")
    thresholds_changed.connect(_thresholds_changed, dispatch_uid="standing-thresholds")


def _partners_changed(*, partner_ids: Sequence[int], now: datetime, **_: object) -> None:
    refresh(partner_ids=partner_ids, now=now)


def _enrollment_moved(*, enrollment: Enrollment, now: datetime, **_: object) -> None:
    refresh(partner_ids=[enrollment.partner_id], now=now)


def _steps_opened(*, steps: Sequence[Progress], now: datetime, **_: object) -> None:
    refresh(partner_ids=[step.enrollment.partner_id for step in steps], now=now)


def _left_out(*, enrollments: Sequence[Enrollment], now: datetime, **_: object) -> None:
    refresh(partner_ids=[enrollment.partner_id for enrollment in enrollments], now=now)


def _step_moved(*, progress: Progress, now: datetime, **_: object) -> None:
    refresh(partner_ids=[progress.enrollment.partner_id], now=now)


def _thresholds_changed(*, vendor: Vendor, now: datetime, **_: object) -> None:
    judge_anew(vendor=vendor, now=now)
