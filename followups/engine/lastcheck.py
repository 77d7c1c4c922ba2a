"""The short transaction just before DATA: is it still wanted, and is the message still ours?

It locks the steps that the mail speaks of. Whoever completes one either committed before, and is seen here, or
waits until the mark is written.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from followups.engine import outcomes
from followups.engine.cadences import ANSWER
from followups.engine.claiming import mark_sending, release
from followups.engine.composing import audience_of
from followups.engine.crashing import crash_point
from followups.engine.facts import hours_of_followup, zone_of_followup
from followups.engine.loading import Draft
from followups.engine.mime import build
from followups.engine.pausing import paused_among
from followups.engine.windows import into_window
from followups.models import FollowUp, Message
from partners.models import Partner
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn

Reason = FollowUp.Reason
LOCK_STEPS = """
    SELECT progress.id, progress.state, progress.turn, COALESCE(progress.snoozed_until > %s, FALSE), enrollment.state
    FROM playbooks_progress progress JOIN playbooks_enrollment enrollment ON enrollment.id = progress.enrollment_id
    WHERE progress.id IN ({places}) ORDER BY progress.id {lock}
"""
# Table by table: planning their join takes four times as long as reading all of them (1.3 ms, 0.3 ms).
READ_AGAIN = {
    "partner": "SELECT 'partner', id, state, TRUE FROM partners_partner WHERE id IN ({places})",
    "contact": "SELECT 'contact', id, email, left_at IS NULL FROM partners_contact WHERE id IN ({places})",
    "member": """SELECT 'member', member.id, person.email, member.left_at IS NULL
        FROM partners_member member JOIN partners_user person ON person.id = member.user_id
        WHERE member.id IN ({places})""",
}
REFUSED = """SELECT 'refused', id, address, TRUE FROM followups_suppression
    WHERE lifted_at IS NULL AND address = %s AND (vendor_id = %s OR vendor_id IS NULL)"""
UNWANTED = """SELECT 'unwanted', id, about, TRUE FROM followups_wish
    WHERE amount = 'none' AND address = %s AND vendor_id = %s"""


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
    until = draft.waits_until(now)
    if until is not None:
        outcomes.wait_for_window(draft, until)
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
    steps = lock_steps((one.progress_id for one in draft.followups if one.progress_id is not None), now=now)
    crash_point("steps-locked")
    people = _read_again(draft)
    if people.is_refused:
        _drop(draft.followups, FollowUp.State.SUPPRESSED, Reason.ADDRESS_SUPPRESSED, now=now)
        return False
    address = draft.message.to_address.lower()
    kept = [one for one in draft.followups if _is_kept(one, steps.get(one.progress_id or 0), people, address, now=now)]
    if len(kept) < len(draft.followups):
        draft.followups = kept
        draft.write(now=now)
    return bool(kept)


class Step(NamedTuple):
    """A step as it is now."""

    state: str
    turn: str
    is_put_off: bool
    enrollment_state: str

    @property
    def is_settled(self) -> bool:
        return self.state in Progress.SETTLED


def lock_steps(pks: Iterable[int], *, now: datetime) -> dict[int, Step]:
    """The steps as they are now, locked FOR SHARE where the database has it; SQLite has one writer at a time."""
    wanted = sorted(set(pks))
    if not wanted:
        return {}
    lock = "FOR SHARE OF progress" if connection.features.has_select_for_update else ""
    sql = LOCK_STEPS.format(places=_places(wanted), lock=lock)
    with connection.cursor() as cursor:
        cursor.execute(sql, [connection.ops.adapt_datetimefield_value(now), *wanted])
        return {pk: Step(*step) for pk, *step in cursor.fetchall()}


class People(NamedTuple):
    """Who each follow-up goes to and where the partner stands, as it is now and not as it was when it was loaded."""

    found: dict[tuple[str, int], tuple[str, bool]]

    @property
    def is_refused(self) -> bool:
        """Whether the address wants no mail, or cannot get any."""
        return any(what == "refused" for what, _ in self.found)

    def wants_none(self, followup: FollowUp) -> bool:
        """Whether the reader chose to get none of its kind."""
        kinds = {about for (what, _), (about, _so) in self.found.items() if what == "unwanted"}
        return bool(kinds) and audience_of(followup).value in kinds

    def partner_is_gone(self, followup: FollowUp) -> bool:
        state, _ = self.found.get(("partner", followup.partner_id), (Partner.State.LEFT, True))
        return state == Partner.State.LEFT

    def still_at(self, address: str, followup: FollowUp) -> bool:
        recipient = ("contact", followup.contact_id) if followup.contact_id else ("member", followup.member_id or 0)
        email, is_here = self.found.get(recipient, ("", False))
        return bool(is_here) and email.lower() == address


def _read_again(draft: Draft) -> People:
    wanted = {
        "partner": {one.partner_id for one in draft.followups},
        "contact": {one.contact_id for one in draft.followups if one.contact_id is not None},
        "member": {one.member_id for one in draft.followups if one.member_id is not None},
    }
    parts = [READ_AGAIN[what].format(places=_places(pks)) for what, pks in wanted.items() if pks]
    given: list[int | str | None] = [pk for pks in wanted.values() for pk in pks]
    given += (draft.message.to_address.lower(), draft.message.vendor_id) * 2
    with connection.cursor() as cursor:
        sql = " UNION ALL ".join([*parts, REFUSED, UNWANTED])
        cursor.execute(sql, given)
        return People({(what, pk): (said, is_so) for what, pk, said, is_so in cursor.fetchall()})


def _places(values: Collection[int]) -> str:
    return ", ".join(["%s"] * len(values))


def _is_kept(followup: FollowUp, step: Step | None, people: People, address: str, *, now: datetime) -> bool:
    reason = Reason.ENROLLMENT_ENDED if people.partner_is_gone(followup) else _no_longer(step)
    if reason is not None:
        _drop([followup], FollowUp.State.CANCELLED, reason, now=now)
        return False
    if people.wants_none(followup):
        _drop([followup], FollowUp.State.SUPPRESSED, Reason.NOT_WANTED, now=now)
        return False
    if not people.still_at(address, followup) or zone_of_followup(followup) != followup.time_zone:
        _decide_again(followup, now=now)
        return False
    if step is not None and step.is_put_off and followup.kind != ANSWER:
        _put_off(followup, now=now)
        return False
    return True


def _no_longer(step: Step | None) -> FollowUp.Reason | None:
    if step is None:
        return None
    if step.enrollment_state != Enrollment.State.RUNNING:
        return Reason.ENROLLMENT_ENDED
    if step.is_settled:
        return Reason.STEP_SETTLED
    return None if step.turn == Turn.PARTNER else Reason.NOT_PARTNERS_TURN


def _drop(followups: Sequence[FollowUp], state: FollowUp.State, reason: FollowUp.Reason, *, now: datetime) -> None:
    pks = [one.pk for one in followups]
    FollowUp.objects.filter(pk__in=pks).update(state=state, reason=reason, finished_at=now)


def _decide_again(followup: FollowUp, *, now: datetime) -> None:
    """They have another address or zone now, or left: back among the planned, to be judged anew for who it is now."""
    FollowUp.objects.filter(pk=followup.pk).update(
        state=FollowUp.State.SCHEDULED, reason="", message=None, finished_at=None, due_at=now
    )


def _put_off(followup: FollowUp, *, now: datetime) -> None:
    """Back among the planned: putting a reminder off does not use it up."""
    step = Progress.objects.get(pk=followup.progress_id or 0)
    FollowUp.objects.filter(pk=followup.pk).update(
        state=FollowUp.State.SCHEDULED,
        reason=Reason.SNOOZED,
        held=Reason.SNOOZED,
        message=None,
        finished_at=None,
        due_at=into_window(step.snoozed_until or now, hours_of_followup(followup)),
    )
