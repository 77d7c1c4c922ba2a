"""Walking a playbook: every move in a step, and the opening of the next one.

Each function locks the step, says whether it changed anything (the same press twice does not), and does all or
nothing: the state, whose turn it is and how long the last turn took, the activity, and what floors above make of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from partners import recording
from partners.models import Activity, Contact, Partner, User
from partners.recording import record_activity
from playbooks.evidence.fields import Asked, Value, asks
from playbooks.evidence.giving import keep
from playbooks.evidence.telling import for_the_log
from playbooks.models import Enrollment, Progress, Step, TurnSpell
from playbooks.models.step import Turn
from playbooks.paths.concerning import Concerning
from playbooks.paths.counting import count_anew, mark
from playbooks.paths.dating import date_opening, date_waiting
from playbooks.paths.opening import Place, open_in_turn
from playbooks.signals import (
    enrollment_finished,
    step_completed,
    step_handed_in,
    step_helped,
    step_opened,
    step_sent_back,
    step_skipped,
    step_stuck,
    step_withdrawn,
    steps_left_out,
)

State = Progress.State
THE_PARTNERS = (State.OPEN, State.STUCK, State.REOPENED)


class NotYourMove(Exception):
    """The step is not open, its playbook has ended, or it is somebody else's to do."""


class ReasonMissing(Exception):
    """Nobody can help on "stuck" or learn from "skipped" without a word about why."""


class HandedInAnew(Exception):
    """What is handed in is not what was looked at, or is not handed in any more."""


@transaction.atomic
def complete(
    *,
    progress: Progress,
    by: User | None,
    now: datetime,
    actor_name: str = "",
    side: str = "",
    given: Mapping[str, Value] | None = None,
    contact: Contact | None = None,
    seen: str | None = None,
) -> bool:
    """Mark the step done and open the next; after the last one the playbook is finished.

    ``side`` is who says so (an ``Activity.Side``): by default the one whose step it is. ``given`` is what it asks for,
    by the field's key; the vendor's word alone is enough. A step that wants approval is handed in instead, and done
    once the vendor says so; ``contact`` is whom to write to where something is missing. ``seen`` is the
    ``Progress.handed_in`` that was looked at. Raises ``NotYourMove``, ``EvidenceMissing`` and ``HandedInAnew``.
    """
    progress = hold(progress)
    if progress.is_settled or (progress.state == State.WAITING and side != Turn.VENDOR):
        return False
    side = side or (Turn.PARTNER if progress.step.who == Turn.PARTNER else progress.turn)
    check_move(progress, side)
    _check_seen(progress, seen)
    shown = {} if side == Turn.VENDOR else _keep_evidence(progress, given or {}, by=by, now=now, actor_name=actor_name)
    if progress.step.wants_approval and Turn.VENDOR not in (side, progress.step.who):
        asked = {"contact": contact.pk} if contact else {}
        _hand_in(progress, side, by=by, now=now, actor_name=actor_name, **shown, **asked)
        return True
    if progress.state == State.WAITING:
        shown["approved"] = True
    progress.on_vendors_word = side == Turn.VENDOR and "approved" not in shown
    settle(progress, State.DONE, by=by, now=now)
    write_down(progress, Activity.Kind.DONE, side, by=by, now=now, actor_name=actor_name, **shown)
    step_completed.send(sender=Progress, progress=progress, now=now)
    open_next(enrollment=progress.enrollment, now=now)
    return True


@transaction.atomic
def send_back(*, progress: Progress, missing: str, by: User | None, now: datetime, seen: str | None = None) -> bool:
    """The vendor does not approve yet, and says what is missing: it is the turn of who handed it in again.

    Raises ``NotYourMove``, ``ReasonMissing`` and, as in ``complete``, ``HandedInAnew``.
    """
    missing = _needed(missing)
    progress = hold(progress)
    if progress.state != State.WAITING:
        return False
    check_move(progress, Turn.VENDOR)
    _check_seen(progress, seen)
    progress.state, progress.reason = State.REOPENED, missing
    pass_turn(progress, first_turn(progress.step, progress.enrollment.partner), now=now)
    progress.save()
    write_down(progress, Activity.Kind.SENT_BACK, Turn.VENDOR, by=by, now=now, note=missing)
    step_sent_back.send(sender=Progress, progress=progress, now=now)
    return True


@transaction.atomic
def withdraw(*, progress: Progress, by: User | None, now: datetime, side: str, actor_name: str = "") -> bool:
    """Take back what was handed in, before the vendor has decided. Raises ``NotYourMove`` for another's step."""
    progress = hold(progress)
    if progress.state != State.WAITING:
        return False
    if side != progress.step.who or progress.enrollment.state != Enrollment.State.RUNNING:
        raise NotYourMove
    progress.state = State.OPEN
    pass_turn(progress, first_turn(progress.step, progress.enrollment.partner), now=now)
    progress.save()
    write_down(progress, Activity.Kind.WITHDRAWN, side, by=by, now=now, actor_name=actor_name)
    step_withdrawn.send(sender=Progress, progress=progress, now=now)
    return True


@transaction.atomic
def skip(
    *, progress: Progress, reason: str, by: User | None, now: datetime, actor_name: str = "", side: str = "vendor"
) -> bool:
    """Leave the step out, with the reason, and open the next. Raises ``NotYourMove`` and ``ReasonMissing``."""
    reason = _needed(reason)
    progress = hold(progress)
    if progress.is_settled:
        return False
    check_move(progress, side)
    progress.reason = reason
    settle(progress, State.SKIPPED, by=by, now=now)
    write_down(progress, Activity.Kind.SKIPPED, side, by=by, now=now, actor_name=actor_name, note=reason)
    step_skipped.send(sender=Progress, progress=progress, now=now)
    open_next(enrollment=progress.enrollment, now=now)
    return True


@transaction.atomic
def get_stuck(
    *,
    progress: Progress,
    reason: str,
    by: User | None,
    now: datetime,
    actor_name: str = "",
    contact: Contact | None = None,
) -> bool:
    """The partner cannot go on and says why: the turn passes to the vendor, and its clock runs.

    The answer goes to ``contact``, else to whom the playbook talks to. Saying something else while stuck adds to the
    story and leaves the turn. Raises ``NotYourMove``, ``ReasonMissing``.
    """
    reason = _needed(reason)
    progress = hold(progress)
    if progress.is_settled or (progress.state == State.STUCK and progress.reason == reason):
        return False
    check_move(progress, Turn.PARTNER)
    progress.state, progress.reason, progress.snoozed_until = State.STUCK, reason, None
    pass_turn(progress, Turn.VENDOR, now=now)
    progress.save()
    asked = {"contact": contact.pk} if contact else {}
    write_down(progress, Activity.Kind.STUCK, Turn.PARTNER, by=by, now=now, actor_name=actor_name, note=reason, **asked)
    step_stuck.send(sender=Progress, progress=progress, now=now)
    return True


@transaction.atomic
def help_on(*, progress: Progress, answer: str, by: User | None, now: datetime) -> bool:
    """The vendor answers a partner who is stuck and gives the turn back. Raises ``ReasonMissing`` without an answer."""
    answer = _needed(answer)
    progress = hold(progress)
    if progress.state != State.STUCK:
        return False
    check_move(progress, Turn.VENDOR)
    took = max(now - progress.turn_since, timedelta()) if progress.turn_since else timedelta()
    progress.state = State.OPEN
    pass_turn(progress, Turn.PARTNER, now=now)
    progress.save()
    seconds = int(took.total_seconds())
    write_down(progress, Activity.Kind.HELPED, Turn.VENDOR, by=by, now=now, note=answer, took=seconds)
    step_helped.send(sender=Progress, progress=progress, now=now)
    return True


def may_move(progress: Progress, side: str) -> bool:
    """Whether ``side`` can act in this step now. The vendor may help with every step, the others do their own."""
    if progress.enrollment.state != Enrollment.State.RUNNING or not progress.is_in_play:
        return False
    if side == Turn.PARTNER:
        return progress.step.who == Turn.PARTNER and progress.state in THE_PARTNERS
    if side == Turn.SPONSOR and progress.step.with_sponsor:
        return progress.state in THE_PARTNERS
    return side in (Turn.VENDOR, progress.turn)


def open_next(*, enrollment: Enrollment, now: datetime) -> None:
    """Open what comes next, by the rules of ``playbooks.paths.opening``; with nothing left, the playbook is finished.

    What is sure not to come counts no more from then on. To be called whenever a turn passes away from the partner, by
    whoever holds the walk (``hold``).
    """
    steps = Progress.objects.filter(enrollment=enrollment)
    if steps.in_play().filter(turn=Turn.PARTNER).exists():
        if count_anew(Enrollment.objects.filter(pk=enrollment.pk)):
            steps_left_out.send(sender=Enrollment, enrollments=[enrollment], now=now)
        return
    columns = ("pk", "step__key", "step__who", "step__needs", "step__condition", "state", "turn", "left_out")
    walk = [Place(*row) for row in steps.order_by("position", "pk").values_list(*columns)]
    concerns = Concerning(enrollment, walk)
    moved = open_in_turn(walk, turn_of=lambda who: turn_at(who, enrollment.partner), concerns=concerns)
    changed = mark({enrollment.pk: walk}, concerns.out_of_reach())
    if moved:
        _open(enrollment, moved, now=now)
    elif changed:
        steps_left_out.send(sender=Enrollment, enrollments=[enrollment], now=now)
    if not any(place.is_in_play for place in walk):
        finish(enrollment, now=now)


def _open(enrollment: Enrollment, moved: Sequence[Place], *, now: datetime) -> None:
    found = Progress.objects.select_related("step").in_bulk([place.pk for place in moved])
    opened = [found[place.pk] for place in moved if not place.is_left_out]
    left_out = [found[place.pk] for place in moved if place.is_left_out]
    for progress in found.values():
        progress.enrollment = enrollment
    if left_out:
        keys = [progress.pk for progress in left_out]
        Progress.objects.filter(pk__in=keys).update(state=State.SKIPPED, left_out=True, settled_at=now)
        write_left_out(left_out={enrollment: [progress.step for progress in left_out]}, now=now)
    date_opening(opened, enrollment=enrollment)
    for progress in opened:
        progress.state, progress.opened_at, progress.left_out = State.OPEN, now, False
        pass_turn(progress, first_turn(progress.step, enrollment.partner), now=now)
        progress.save()
    if opened:
        step_opened.send(sender=Progress, steps=opened, now=now)


def write_left_out(*, left_out: Mapping[Enrollment, Sequence[Step]], now: datetime) -> None:
    """Of walks of one vendor: which steps do not concern the partner, in the log; one statement."""
    if not left_out:
        return
    data = {
        enrollment.partner_id: {"enrollment": enrollment.pk, "steps": [_titles(step) for step in steps]}
        for enrollment, steps in left_out.items()
    }
    vendor = next(iter(left_out)).partner.vendor
    recording.record_each(
        vendor=vendor, data=data, kind=Activity.Kind.LEFT_OUT, side=Activity.Side.SYSTEM, by=None, now=now
    )
    steps_left_out.send(sender=Enrollment, enrollments=list(left_out), now=now)


def _titles(step: Step) -> dict[str, str]:
    return {language: texts.get("title", "") for language, texts in step.texts.items()}


def first_turn(step: Step, partner: Partner) -> str:
    """Whose turn it is when it opens."""
    return turn_at(step.who, partner)


def turn_at(who: str, partner: Partner) -> str:
    """Of a step that belongs to ``who``: its own; a sponsor's falls to the vendor where there is no sponsor."""
    if who == Turn.SPONSOR and partner.sponsor_id is None:
        return str(Turn.VENDOR)
    return who


def finish(enrollment: Enrollment, *, now: datetime) -> None:
    enrollment.state, enrollment.ended_at = Enrollment.State.FINISHED, now
    enrollment.save(update_fields=["state", "ended_at"])
    record_activity(
        partner=enrollment.partner,
        kind=Activity.Kind.FINISHED,
        side=Activity.Side.SYSTEM,
        now=now,
        enrollment=enrollment.pk,
    )
    enrollment_finished.send(sender=Enrollment, enrollment=enrollment, now=now)


def hold(progress: Progress) -> Progress:
    """The step as it is now, held until the transaction ends, and its walk before it.

    Two steps of a walk may be in play: without the walk, each of two moves at once could take the other step for open
    still, and nothing would ever open next.
    """
    walk = Enrollment.objects.select_for_update(no_key=True).filter(pk=progress.enrollment_id)
    list(walk.values_list("pk"))
    return (
        Progress.objects.select_for_update(of=("self",), no_key=True)
        .select_related("step", "enrollment__partner__vendor", "enrollment__version")
        .get(pk=progress.pk)
    )


def check_move(progress: Progress, side: str) -> None:
    if not may_move(progress, side):
        raise NotYourMove


def _check_seen(progress: Progress, seen: str | None) -> None:
    if seen is not None and seen != progress.handed_in:
        raise HandedInAnew


def _hand_in(progress: Progress, side: str, *, now: datetime, **words: Any) -> None:
    progress.state, progress.reason, progress.snoozed_until = State.WAITING, "", None
    pass_turn(progress, Turn.VENDOR, now=now)
    progress.save()
    write_down(progress, Activity.Kind.HANDED_IN, side, now=now, **words)
    step_handed_in.send(sender=Progress, progress=progress, now=now)
    open_next(enrollment=progress.enrollment, now=now)


def _keep_evidence(
    progress: Progress, given: Mapping[str, Value], *, by: User | None, now: datetime, actor_name: str
) -> dict[str, Any]:
    """What the log says of it."""
    if not asks(progress.step):
        return {}
    whole = keep(progress, given, by=by, now=now, giver_name=actor_name or str(by or ""))
    lines = for_the_log(Asked.of(progress.step), whole, progress.enrollment.version.languages)
    return {"given": lines} if lines else {}


def _needed(words: str) -> str:
    if not words.strip():
        raise ReasonMissing
    return words.strip()


def settle(progress: Progress, state: str, *, by: User | None, now: datetime) -> None:
    """Done or skipped: it is nobody's turn any more."""
    progress.state, progress.settled_at, progress.settled_by = state, now, by
    progress.snoozed_until = None
    pass_turn(progress, "", now=now)
    progress.save()
    date_waiting(progress)


def pass_turn(progress: Progress, turn: str, *, now: datetime) -> None:
    """Change whose move it is, and charge the hours since the last change to the one whose move it was."""
    if progress.turn == turn:
        return
    if progress.turn and progress.turn_since:
        # A clock that was set back does not make a wait negative.
        ended_at = max(now, progress.turn_since)
        TurnSpell.objects.create(progress=progress, turn=progress.turn, began_at=progress.turn_since, ended_at=ended_at)
    progress.turn, progress.turn_since = turn, now if turn else None


def write_down(progress: Progress, kind: str, side: str, *, now: datetime, **words: Any) -> None:
    """What somebody did in the step, in the activity log."""
    record_activity(
        partner=progress.enrollment.partner,
        kind=kind,
        side=side,
        now=now,
        enrollment=progress.enrollment_id,
        progress=progress.pk,
        step=progress.step.key,
        title=_titles(progress.step),
        **words,
    )
