"""Follow-ups are planned and cancelled by what happens on the floors below, inside the sender’s transaction."""

from collections.abc import Sequence
from datetime import datetime

from followups.calls import doubting
from followups.calls.calling import call_who_is_there
from followups.calls.readdressing import has_address
from followups.engine import answering, asking, noticing, planning, welcoming
from followups.engine.cadences import make_default_cadence
from followups.engine.handing_on import hand_on
from followups.models import FollowUp
from partners.models import Contact, Partner, Vendor
from partners.signals import (
    asking_stopped,
    contact_readdressed,
    partner_accepted,
    partner_zone_changed,
    people_changed,
    policy_changed,
    vendor_created,
)
from playbooks.models import Confidence, Enrollment, Handover, Progress
from playbooks.offers.agreed import moved_from
from playbooks.signals import (
    confidence_told,
    enrollment_finished,
    enrollment_started,
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
)


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    vendor_created.connect(_give_cadence, dispatch_uid="followups.cadence")
    policy_changed.connect(_plan_vendor_anew, dispatch_uid="followups.plan_vendor_anew")
    contact_readdressed.connect(_have_address, dispatch_uid="followups.have_address")
    partner_zone_changed.connect(_plan_partner_anew, dispatch_uid="followups.plan_partner_anew")
    people_changed.connect(_plan_people_anew, dispatch_uid="followups.plan_people_anew")
    # After the floor below, whose receiver has started the playbook by then: receivers run in the order of the apps.
    partner_accepted.connect(_welcome, dispatch_uid="followups.welcome")
    enrollment_started.connect(_plan_question, dispatch_uid="followups.plan_question")
    asking_stopped.connect(_ask_nobody, dispatch_uid="followups.ask_nobody")
    confidence_told.connect(_ask_no_more, dispatch_uid="followups.ask_no_more")
    step_opened.connect(_plan, dispatch_uid="followups.plan")
    step_helped.connect(_plan_helped, dispatch_uid="followups.plan_helped")
    for settled in (step_completed, step_skipped):
        settled.connect(_cancel_settled, dispatch_uid="followups.cancel_settled")
    step_handed_in.connect(_hand_in, dispatch_uid="followups.hand_in")
    step_withdrawn.connect(_plan_withdrawn, dispatch_uid="followups.plan_withdrawn")
    step_sent_back.connect(_plan_helped, dispatch_uid="followups.plan_sent_back")
    step_stuck.connect(_pass_to_vendor, dispatch_uid="followups.pass_to_vendor")
    handover_moved.connect(_hand_over, dispatch_uid="followups.hand_over")
    step_snoozed.connect(_snooze, dispatch_uid="followups.snooze")
    slot_withdrawn.connect(_wait_no_longer, dispatch_uid="followups.wait_no_longer")
    enrollment_finished.connect(_cancel_ended, dispatch_uid="followups.cancel_ended")


def _give_cadence(*, vendor: Vendor, now: datetime, **_: object) -> None:
    make_default_cadence(vendor=vendor, now=now)


def _plan_vendor_anew(*, vendor: Vendor, now: datetime, **_: object) -> None:
    planning.plan_anew(FollowUp.objects.of(vendor), now=now)


def _plan_partner_anew(*, partner: Partner, now: datetime, **_: object) -> None:
    planning.plan_anew(FollowUp.objects.filter(contact__in=Contact.objects.filter(partner=partner)), now=now)


def _plan_people_anew(*, partner: Partner, now: datetime, **_: object) -> None:
    """What is for a role goes to whoever has it now, and who left is not called."""
    call_who_is_there(partner=partner, now=now)
    hand_on(FollowUp.objects.filter(partner=partner), now=now)


def _have_address(*, contact: Contact, now: datetime, **_: object) -> None:
    has_address(contacts=[contact], now=now)


def _welcome(*, partners: Sequence[Partner], now: datetime, **_: object) -> None:
    welcoming.welcome_accepted(partner_ids=[partner.pk for partner in partners], now=now)


def _plan(*, steps: Sequence[Progress], now: datetime, **_: object) -> None:
    planning.plan(steps=steps, now=now)
    welcoming.welcome_late(steps=steps, now=now)


def _plan_question(*, enrollments: Sequence[Enrollment], now: datetime, **_: object) -> None:
    asking.plan_question(enrollments=enrollments, now=now)


def _ask_no_more(*, confidence: Confidence, enrollment: Enrollment, now: datetime, **_: object) -> None:
    asking.ask_no_more(enrollment=enrollment, now=now)
    doubting.tell_manager(confidence=confidence, enrollment=enrollment, now=now)


def _ask_nobody(*, vendor: Vendor, now: datetime, **_: object) -> None:
    asking.ask_nobody(vendor=vendor, now=now)


def _plan_helped(*, progress: Progress, now: datetime, **_: object) -> None:
    noticing.settle_notes(progress=progress, now=now)
    answering.plan_answered(progress=progress, now=now)
    welcoming.welcome_late(steps=[progress], now=now)


def _cancel_settled(*, progress: Progress, now: datetime, **_: object) -> None:
    planning.cancel_step(progress=progress, reason=FollowUp.Reason.STEP_SETTLED, now=now)
    noticing.settle_notes(progress=progress, now=now)


def _pass_to_vendor(*, progress: Progress, now: datetime, **_: object) -> None:
    planning.cancel_step(progress=progress, reason=FollowUp.Reason.NOT_PARTNERS_TURN, now=now)
    noticing.settle_notes(progress=progress, now=now)
    noticing.say_stuck(progress=progress, now=now)


def _hand_in(*, progress: Progress, now: datetime, **_: object) -> None:
    planning.cancel_step(progress=progress, reason=FollowUp.Reason.NOT_PARTNERS_TURN, now=now)
    noticing.settle_notes(progress=progress, now=now)
    noticing.say_handed_in(progress=progress, now=now)


def _hand_over(*, handover: Handover, progress: Progress, now: datetime, **_: object) -> None:
    planning.cancel_step(progress=progress, reason=FollowUp.Reason.NOT_PARTNERS_TURN, now=now)
    noticing.settle_notes(progress=progress, now=now)
    if handover.state in answering.ANSWERING:
        answering.plan_answered(progress=progress, now=now)
    elif moved_from(handover, handover.moves.all()):
        answering.plan_moved(progress=progress, now=now)
    elif handover.state != Handover.State.CONFIRMED:
        noticing.say_handed_over(handover=handover, progress=progress, now=now)
        planning.plan(steps=[progress], now=now)  # where it is the partner's turn again


def _plan_withdrawn(*, progress: Progress, now: datetime, **_: object) -> None:
    noticing.settle_notes(progress=progress, now=now)
    planning.plan(steps=[progress], now=now)


def _cancel_ended(*, enrollment: Enrollment, now: datetime, **_: object) -> None:
    planning.cancel_enrollment(enrollment=enrollment, now=now)


def _snooze(
    *,
    progress: Progress,
    until: datetime,
    now: datetime,
    for_slot: bool = False,
    contact: Contact | None = None,
    **_: object,
) -> None:
    reason = FollowUp.Reason.SLOT if for_slot else FollowUp.Reason.SNOOZED
    planning.snooze(progress=progress, until=until, now=now, reason=reason, contact=contact)


def _wait_no_longer(*, progress: Progress, now: datetime, **_: object) -> None:
    planning.wait_no_longer(progress=progress, now=now)
