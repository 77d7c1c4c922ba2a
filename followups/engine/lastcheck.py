"""The short transaction just before DATA: is it still wanted, and is the message still ours?

It locks the steps that the mails of a wave speak of. Whoever completes one either committed before, and is seen here,
or waits until the marks are written.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction

from followups.engine import outcomes
from followups.engine.answering import MOVED
from followups.engine.asking import answered_among
from followups.engine.cadences import ANSWER, CONFIDENCE
from followups.engine.claiming import Claim, hold, mark_sending, release
from followups.engine.composing import audience_of
from followups.engine.crashing import crash_point
from followups.engine.facts import hours_of_followup, zone_of_followup
from followups.engine.handing_on import passed_on, roles_of_touches
from followups.engine.loading import Draft
from followups.engine.pausing import paused_among
from followups.engine.waiting import only_answers
from followups.models import FollowUp, Message, Touch
from partners.hours import into_window
from partners.models import Partner
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn

logger = logging.getLogger(__name__)
Reason = FollowUp.Reason
Mark = Callable[[Collection[tuple[Claim, Message]]], set[Claim]]
LOCK_STEPS = """
    SELECT progress.id, progress.state, progress.turn, COALESCE(progress.snoozed_until > %s, FALSE), enrollment.state,
        step.role
    FROM playbooks_progress progress JOIN playbooks_enrollment enrollment ON enrollment.id = progress.enrollment_id
        JOIN playbooks_step step ON step.id = progress.step_id
    WHERE progress.id IN ({places}) ORDER BY progress.id {lock}
"""
# Table by table: planning their join takes four times as long as reading all of them (1.3 ms, 0.3 ms).
READ_AGAIN = {
    "partner": "SELECT 'partner', id, state, TRUE, 0 FROM partners_partner WHERE id IN ({places})",
    "contact": "SELECT 'contact', id, email, left_at IS NULL, 0 FROM partners_contact WHERE id IN ({places})",
    "primary": """SELECT 'primary', partner_id, '', TRUE, id FROM partners_contact
        WHERE partner_id IN ({places}) AND is_primary AND left_at IS NULL""",
    "member": """SELECT 'member', member.id, person.email, member.left_at IS NULL, 0
        FROM partners_member member JOIN partners_user person ON person.id = member.user_id
        WHERE member.id IN ({places})""",
}
REFUSED = """SELECT 'refused', 0, address, TRUE, COALESCE(vendor_id, 0) FROM followups_suppression
    WHERE lifted_at IS NULL AND address IN ({places})"""
UNWANTED = """SELECT about, 0, address, TRUE, vendor_id FROM followups_wish
    WHERE amount = 'none' AND address IN ({places})"""
ALL_VENDORS = 0


def check_and_mark(drafts: Sequence[Draft], *, now: datetime, mark: Mark | None = None) -> list[Draft]:
    """Which of them may be sent: they are marked ``sending``, and what is not among them must not leave.

    ``mark`` is another mark for what leaves by another way.
    """
    faults: list[tuple[Draft, Exception]] = []
    of_touches = roles_of_touches([one for draft in drafts for one in draft.followups])
    with transaction.atomic():
        marked = _check_and_mark(drafts, faults, mark, of_touches, now=now)
    if marked:
        crash_point("marked")
    for draft, error in faults:
        outcomes.fault(draft, error, now=now)
    return marked


def _check_and_mark(
    drafts: Sequence[Draft],
    faults: list[tuple[Draft, Exception]],
    mark: Mark | None,
    of_touches: Mapping[int, str],
    *,
    now: datetime,
) -> list[Draft]:
    held = hold([draft.claim for draft in drafts])
    ours = [draft for draft in drafts if draft.claim in held]
    if len(ours) < len(drafts):
        _give_back_of_paused([draft for draft in drafts if draft.claim not in held])
    about = [draft for draft in ours if draft.message.kind != Message.Kind.ACCOUNT]
    steps = lock_steps((one.progress_id for draft in about for one in draft.followups if one.progress_id), now=now)
    if about:
        crash_point("steps-locked")
    people = _read_again(about, steps, of_touches)
    leaving = []
    for draft in ours:
        try:
            if _may_leave(draft, steps, people, now=now):
                leaving.append(draft)
        except DatabaseError:
            raise
        except Exception as error:  # what is left of it cannot be written, which must not stop the others
            logger.exception("Message %s could not be written anew.", draft.claim.pk)
            faults.append((draft, error))
    if not leaving:
        return []
    marked = (mark or mark_sending)([(draft.claim, draft.message) for draft in leaving])
    crash_point("marking")
    return [draft for draft in leaving if draft.claim in marked]


def _give_back_of_paused(drafts: Sequence[Draft]) -> None:
    """They wait among the ready until their vendor goes on. The others are somebody else's now."""
    paused = paused_among({draft.message.vendor_id for draft in drafts if draft.message.vendor_id is not None})
    release(draft.claim for draft in drafts if draft.message.vendor_id in paused)


def _may_leave(draft: Draft, steps: Mapping[int, "Step"], people: "People", *, now: datetime) -> bool:
    if draft.message.kind == Message.Kind.ACCOUNT:
        return True
    if not _still_wanted(draft, steps, people, now=now):
        outcomes.cancelled(draft, now=now)
        return False
    until = draft.waits_until(now)
    if until is not None:
        outcomes.wait_for_window(draft, until)
    return until is None


def _still_wanted(draft: Draft, steps: Mapping[int, "Step"], people: "People", *, now: datetime) -> bool:
    """Drop what was done, answered or put off meanwhile; says whether anything is left to write about."""
    address = draft.message.to_address.lower()
    if people.is_refused(address, draft.message.vendor_id):
        _drop(draft.followups, FollowUp.State.SUPPRESSED, Reason.ADDRESS_SUPPRESSED, now=now)
        return False
    kept = [
        one
        for one in draft.followups
        if _is_kept(one, _seen_by(draft, steps.get(one.progress_id or 0)), people, draft.address_for(one), now=now)
    ]
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
    role: str  # at the partner, that it is for

    @property
    def is_settled(self) -> bool:
        return self.state in Progress.SETTLED


def _seen_by(draft: Draft, step: Step | None) -> Step | None:
    """A mail about another day is for the partner as long as it is done for them, though it is not their turn."""
    is_moved = draft.answer is not None and draft.answer.move == MOVED
    if step is None or not is_moved or step.state != Progress.State.HANDED_OVER:
        return step
    return step._replace(turn=Turn.PARTNER)


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
    unwanted: frozenset[tuple[str, str, int]]  # what, address and vendor
    answered: frozenset[int] = frozenset()  # enrollments whose question needs no asking any more
    passed_on: frozenset[int] = frozenset()  # follow-ups that are for a colleague now

    def is_refused(self, address: str, vendor: int | None) -> bool:
        """Whether the address wants no mail, or cannot get any."""
        return bool({("refused", address, vendor), ("refused", address, ALL_VENDORS)} & self.unwanted)

    def wants_none(self, followup: FollowUp, address: str) -> bool:
        """Whether the reader chose to get none of its kind."""
        return (audience_of(followup).value, address, followup.vendor_id) in self.unwanted

    def partner_is_gone(self, followup: FollowUp) -> bool:
        state, _ = self.found.get(("partner", followup.partner_id), (Partner.State.LEFT, True))
        return state == Partner.State.LEFT

    def still_at(self, address: str, followup: FollowUp) -> bool:
        recipient = ("contact", followup.contact_id) if followup.contact_id else ("member", followup.member_id or 0)
        email, is_here = self.found.get(recipient, ("", False))
        return bool(is_here) and email.lower() == address


def _read_again(drafts: Sequence[Draft], steps: Mapping[int, Step], of_touches: Mapping[int, str]) -> People:
    followups = [one for draft in drafts for one in draft.followups]
    wanted = {
        "partner": {one.partner_id for one in followups},
        "primary": {one.partner_id for one in followups},
        "contact": {one.contact_id for one in followups if one.contact_id is not None},
        "member": {one.member_id for one in followups if one.member_id is not None},
    }
    # What people choose is about mails.
    mailed = [draft.message for draft in drafts if draft.message.channel == Touch.Channel.MAIL]
    addresses = {message.to_address.lower() for message in mailed}
    parts = [READ_AGAIN[what].format(places=_places(pks)) for what, pks in wanted.items() if pks]
    if addresses:
        parts += [part.format(places=_places(addresses)) for part in (REFUSED, UNWANTED)]
    if not parts:
        return People({}, frozenset())
    given: list[int | str] = [*(pk for pks in wanted.values() for pk in pks), *addresses, *addresses]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), given)
        rows = cursor.fetchall()
    primaries = {partner: contact for what, partner, _, _, contact in rows if what == "primary"}
    found = {(what, pk): (said, bool(is_so)) for what, pk, said, is_so, _vendor in rows if pk and what != "primary"}
    unwanted = frozenset((what, said, vendor) for what, pk, said, _so, vendor in rows if not pk)
    roles = {pk: step.role for pk, step in steps.items()}
    to_answer = {pk for pk, step in steps.items() if only_answers(step)}
    handed_on = passed_on(followups, roles, of_touches=of_touches, primaries=primaries, to_answer=to_answer)
    return People(found, unwanted, answered_among(followups), handed_on)


def _places(values: Collection[int | str]) -> str:
    return ", ".join(["%s"] * len(values))


def _is_kept(followup: FollowUp, step: Step | None, people: People, address: str, *, now: datetime) -> bool:
    reason = Reason.ENROLLMENT_ENDED if people.partner_is_gone(followup) else _no_longer(step)
    if reason is not None:
        _drop([followup], FollowUp.State.CANCELLED, reason, now=now)
        return False
    if followup.kind == CONFIDENCE and followup.enrollment_id in people.answered:
        _drop([followup], FollowUp.State.CANCELLED, Reason.ANSWERED, now=now)
        return False
    if people.wants_none(followup, address):
        _drop([followup], FollowUp.State.SUPPRESSED, Reason.NOT_WANTED, now=now)
        return False
    is_theirs = people.still_at(address, followup) and followup.pk not in people.passed_on
    if not is_theirs or zone_of_followup(followup) != followup.time_zone:
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
    """They have another address or zone, left, or a colleague does it: planned again, and judged for who it is now."""
    FollowUp.objects.filter(pk=followup.pk).update(
        state=FollowUp.State.SCHEDULED, reason="", message=None, finished_at=None, due_at=now
    )


def _put_off(followup: FollowUp, *, now: datetime) -> None:
    """Back among the planned: putting a reminder off does not use it up."""
    step = Progress.objects.get(pk=followup.progress_id or 0)
    reason = Reason.SLOT if step.slot_at is not None and step.slot_at == step.snoozed_until else Reason.SNOOZED
    FollowUp.objects.filter(pk=followup.pk).update(
        state=FollowUp.State.SCHEDULED,
        reason=reason,
        held=reason,
        message=None,
        finished_at=None,
        due_at=into_window(step.snoozed_until or now, hours_of_followup(followup)),
    )
