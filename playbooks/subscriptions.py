"""What this floor does when the one below tells it something."""

from collections.abc import Sequence
from datetime import datetime

from partners.models import Partner, User
from partners.signals import acceptance_asked, partner_accepted, people_changed, profiles_changed
from playbooks import enrolling, handing_over
from playbooks.calendar import choosing
from playbooks.certificates.issuing import issue
from playbooks.files import storing
from playbooks.models import Enrollment, Progress
from playbooks.paths.counting import count_anew
from playbooks.signals import (
    enrollment_finished,
    handover_moved,
    step_completed,
    step_handed_in,
    step_helped,
    step_skipped,
)


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    storing.subscribe()
    partner_accepted.connect(enrolling.start_accepted, dispatch_uid="enroll the accepted")
    profiles_changed.connect(_count_anew, dispatch_uid="playbooks.count_anew")
    people_changed.connect(_free_slots, dispatch_uid="playbooks.free_slots")
    acceptance_asked.connect(enrolling.would_start, dispatch_uid="would start the accepted")
    for settled in (step_completed, step_skipped, step_handed_in):  # nothing is left for them to do in that time
        settled.connect(_settle_slot, dispatch_uid="playbooks.settle_slot")
    handover_moved.connect(_settle_slot, dispatch_uid="playbooks.free_slot")  # nobody sits down to it now
    for settled in (step_completed, step_skipped):
        settled.connect(_settle_handover, dispatch_uid="playbooks.settle_handover")
    enrollment_finished.connect(_issue_certificate, dispatch_uid="playbooks.issue_certificate")
    step_helped.connect(_wait_again, dispatch_uid="playbooks.wait_again")


def _count_anew(*, partner_ids: Sequence[int], **_: object) -> None:
    count_anew(Enrollment.objects.filter(partner__in=partner_ids))


def _free_slots(*, partner: Partner, by: User, now: datetime, **_: object) -> None:
    choosing.take_back_of_who_left(partner=partner, by=by, now=now)


def _settle_slot(*, progress: Progress, now: datetime, **_: object) -> None:
    choosing.settle(progress=progress, now=now)


def _settle_handover(*, progress: Progress, now: datetime, **_: object) -> None:
    handing_over.settle_otherwise(progress=progress, now=now)


def _wait_again(*, progress: Progress, now: datetime, **_: object) -> None:
    choosing.wait_again(progress=progress, now=now)


def _issue_certificate(*, enrollment: Enrollment, now: datetime, **_: object) -> None:
    if Progress.objects.concerning().filter(enrollment=enrollment).exists():  # else there was nothing to do in it
        issue(enrollment=enrollment, now=now)
