"""The short transaction just before DATA: is it still wanted, and is the message still ours?

It locks the steps that the mail speaks of. Whoever completes one either committed before, and is seen here, or
waits until the mark is written.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from followups.engine import outcomes
from followups.engine.claiming import mark_sending, release
from followups.engine.crashing import crash_point
from followups.engine.facts import address_of, hours_of_followup
from followups.engine.gathering import suppressed_among
from followups.engine.loading import Draft
from followups.engine.mime import build
from followups.engine.pausing import paused_among
from followups.engine.windows import into_window
from followups.models import FollowUp, Message
from partners.models import Contact, Member, Partner
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn

Reason = FollowUp.Reason
LOCK_STEPS = """
    SELECT progress.*, enrollment.state AS enrollment_state
    FROM playbooks_progress progress JOIN playbooks_enrollment enrollment ON enrollment.id = progress.enrollment_id
    WHERE progress.id IN ({places}) ORDER BY progress.id {lock}
"""


class Lost(Exception):
    """Somebody else holds the message now, or its vendor is paused; nothing of this transaction stands."""


def check_and_mark(draft: Draft, *, now: datetime) -> bytes | None:
    """The bytes to send, with the message marked ``sending``; None when nothing may be sent."""
    try:
        with transaction.atomic():
            content = _check_and_mark(draft, now=now)
    except Lost:
        vendor = draft.message.vendor_id
        if vendor is not None and paused_among([vendor]):
            release([draft.claim])  # waits among the ready until its vendor goes on
        return None
    crash_point("marked")
    return content


def _check_and_mark(draft: Draft, *, now: datetime) -> bytes | None:
    if draft.message.kind != Message.Kind.ACCOUNT and not _still_wanted(draft, now=now):
        if not outcomes.cancelled(draft, now=now):
            raise Lost
        return None
    message = draft.message
    content = build(message, now=now)
    if not mark_sending(
        draft.claim, subject=message.subject, text=message.text, html=message.html, headers=message.headers
    ):
        raise Lost
    crash_point("marking")
    return content


def _still_wanted(draft: Draft, *, now: datetime) -> bool:
    """Drop what was done, answered or put off meanwhile; says whether anything is left to write about."""
    steps = lock_steps(one.progress_id for one in draft.followups if one.progress_id is not None)
    crash_point("steps-locked")
    refused = suppressed_among([draft.message.to_address])
    if {(draft.message.vendor_id, draft.message.to_address), (None, draft.message.to_address)} & refused:
        _drop(draft.followups, FollowUp.State.SUPPRESSED, Reason.ADDRESS_SUPPRESSED, now=now)
        return False
    _read_people_again(draft.followups)
    address = draft.message.to_address.lower()
    kept = [one for one in draft.followups if _is_kept(one, steps.get(one.progress_id or 0), address, now=now)]
    if len(kept) < len(draft.followups):
        draft.followups = kept
        draft.write(now=now)
    return bool(kept)


def lock_steps(pks: Iterable[int]) -> dict[int, Progress]:
    """The steps as they are now, locked FOR SHARE where the database has it; SQLite has one writer at a time."""
    wanted = sorted(set(pks))
    if not wanted:
        return {}
    lock = "FOR SHARE OF progress" if connection.features.has_select_for_update else ""
    places = ", ".join(["%s"] * len(wanted))
    return {step.pk: step for step in Progress.objects.raw(LOCK_STEPS.format(places=places, lock=lock), wanted)}


def _read_people_again(followups: Sequence[FollowUp]) -> None:
    """Who each goes to and where the partner stands, as it is now and not as it was when the batch was read."""
    to_contacts = {one.contact_id for one in followups if one.contact_id is not None}
    to_members = {one.member_id for one in followups if one.member_id is not None}
    contacts = Contact.objects.select_related("partner").in_bulk(to_contacts)
    members = Member.objects.select_related("user").in_bulk(to_members)
    states = dict(Partner.objects.filter(pk__in={one.partner_id for one in followups}).values_list("pk", "state"))
    for one in followups:
        one.contact, one.member = contacts.get(one.contact_id or 0), members.get(one.member_id or 0)
        one.partner.state = states.get(one.partner_id, Partner.State.LEFT)


def _is_kept(followup: FollowUp, step: Progress | None, address: str, *, now: datetime) -> bool:
    reason = _no_longer(followup, step)
    if reason is not None:
        _drop([followup], FollowUp.State.CANCELLED, reason, now=now)
        return False
    if not _still_goes_to(address, followup):
        _decide_again(followup, now=now)
        return False
    if step is not None and step.snoozed_until is not None and step.snoozed_until > now:
        _put_off(followup, step.snoozed_until)
        return False
    return True


def _still_goes_to(address: str, followup: FollowUp) -> bool:
    person = followup.contact or followup.member
    return person is not None and person.left_at is None and address_of(followup).lower() == address


def _no_longer(followup: FollowUp, step: Progress | None) -> FollowUp.Reason | None:
    if followup.partner.state == Partner.State.LEFT:
        return Reason.ENROLLMENT_ENDED
    if step is None:
        return None
    if getattr(step, "enrollment_state", "") != Enrollment.State.RUNNING:
        return Reason.ENROLLMENT_ENDED
    if step.is_settled:
        return Reason.STEP_SETTLED
    return None if step.turn == Turn.PARTNER else Reason.NOT_PARTNERS_TURN


def _drop(followups: Sequence[FollowUp], state: FollowUp.State, reason: FollowUp.Reason, *, now: datetime) -> None:
    pks = [one.pk for one in followups]
    FollowUp.objects.filter(pk__in=pks).update(state=state, reason=reason, finished_at=now)


def _decide_again(followup: FollowUp, *, now: datetime) -> None:
    """Their address is another now, or they left: back among the planned, to be judged anew for whoever it is now."""
    FollowUp.objects.filter(pk=followup.pk).update(
        state=FollowUp.State.SCHEDULED, reason="", message=None, finished_at=None, due_at=now
    )


def _put_off(followup: FollowUp, until: datetime) -> None:
    """Back among the planned: putting a reminder off does not use it up."""
    FollowUp.objects.filter(pk=followup.pk).update(
        state=FollowUp.State.SCHEDULED,
        reason=Reason.SNOOZED,
        held=Reason.SNOOZED,
        message=None,
        finished_at=None,
        due_at=into_window(until, hours_of_followup(followup)),
    )
