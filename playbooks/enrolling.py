"""Starting a partner on a published version of a playbook."""

from datetime import datetime

from django.db import transaction

from partners import auditing
from partners.models import Activity, Partner, User
from partners.recording import record_activity
from playbooks.models import Enrollment, Playbook, PlaybookVersion, Progress, Step
from playbooks.signals import enrollment_started
from playbooks.walking import open_next


class CannotEnroll(Exception):
    """The version is a draft, has no steps, or belongs to another vendor than the partner."""


@transaction.atomic
def enroll(*, partner: Partner, version: PlaybookVersion, by: User | None, now: datetime) -> Enrollment:
    """Start ``partner`` on ``version`` with its first step open.

    A partner who is walking this playbook already goes on with the version they began. Raises ``CannotEnroll``.
    """
    partner = Partner.objects.select_for_update(of=("self",), no_key=True).select_related("vendor").get(pk=partner.pk)
    running = Enrollment.objects.running().filter(partner=partner, playbook=version.playbook).first()
    if running is not None:
        return running
    steps = _steps_to_walk(partner, version)
    enrollment = Enrollment.objects.create(
        vendor=partner.vendor,
        partner=partner,
        playbook=version.playbook,
        version=version,
        started_at=now,
        started_by=by,
    )
    Progress.objects.bulk_create(Progress(enrollment=enrollment, step=step, position=step.position) for step in steps)
    _write_down(enrollment, by=by, now=now)
    enrollment_started.send(sender=Enrollment, enrollment=enrollment, now=now)
    open_next(enrollment=enrollment, now=now)
    return enrollment


def _steps_to_walk(partner: Partner, version: PlaybookVersion) -> list[Step]:
    if version.is_draft or version.playbook.vendor_id != partner.vendor_id:
        raise CannotEnroll
    steps = list(version.steps.order_by("position"))
    if not steps:
        raise CannotEnroll
    return steps


def _write_down(enrollment: Enrollment, *, by: User | None, now: datetime) -> None:
    record_activity(
        partner=enrollment.partner,
        kind=Activity.Kind.STARTED,
        side=Activity.Side.VENDOR if by else Activity.Side.SYSTEM,
        by=by,
        now=now,
        enrollment=enrollment.pk,
        playbook=enrollment.playbook.slug,
        version=enrollment.version.number,
    )
    auditing.record(
        vendor=enrollment.vendor,
        action="enrollment.started",
        subject=enrollment.partner,
        by=by,
        now=now,
        playbook=enrollment.playbook.slug,
        version=enrollment.version.number,
    )


def start_accepted(*, partner: Partner, playbook: str, by: User | None, now: datetime, **_: object) -> None:
    """Start the playbook that was named when the partner was accepted, else the vendor's default, if there is one."""
    playbooks = Playbook.objects.of(partner.vendor).in_use()
    chosen = playbooks.filter(slug=playbook) if playbook else playbooks.filter(is_default=True)
    found = chosen.first()
    version = found.published() if found else None
    if version is not None:
        enroll(partner=partner, version=version, by=by, now=now)
