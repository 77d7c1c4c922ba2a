"""“We do it for you”: every move from the moment a partner asks for it until they have confirmed it, or it ended.

::

    asked for ──(on quote)──> requested ──> quoted ──> accepted ──> scheduled ──> delivered ──> confirmed
        └──────(included, at a price)─────────────────────┘  ^           │ ^           │
                                                             └─ returned ┴─┴───────────┘

The partner may turn a quote down, and take it back until it is scheduled; where it is scheduled later than was agreed,
until it is delivered. The vendor may decline as long as it is their turn. Then the step is the partner's again.

As in ``walking``, each function holds the step, says whether it changed anything, and does all or nothing: both states,
the turn and its clock, the history, and what floors above make of it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from partners import auditing
from partners.models import Activity, Contact, User
from partners.working_days import day_of, working_days_after
from playbooks.evidence.fields import Value, asked_on_delivery
from playbooks.evidence.giving import keep, put
from playbooks.evidence.telling import for_the_log
from playbooks.files.checking import Checked
from playbooks.files.storing import store
from playbooks.models import Enrollment, Handover, HandoverMove, Progress
from playbooks.models.step import Turn
from playbooks.offers.agreed import AGREED, due_at, may_take_back, moved_from, price_seen
from playbooks.offers.bringing import bring, brought_for, drop_brought
from playbooks.offers.items import Offer, fingerprint, offer_from, offer_of
from playbooks.signals import handover_moved, step_completed
from playbooks.walking import (
    NotYourMove,
    ReasonMissing,
    hold,
    may_move,
    open_next,
    pass_turn,
    settle,
    write_down,
)

State = Handover.State
WITH_VENDOR: Final = (State.REQUESTED, State.ACCEPTED, State.SCHEDULED, State.RETURNED)


class OfferChanged(Exception):
    """What the partner saw is not what is offered now, or nothing is offered any more."""


class DayIsOver(Exception):
    """Nothing can be ready on a day that is over."""


@transaction.atomic
def ask(
    *,
    progress: Progress,
    seen: str,
    by: User | None,
    now: datetime,
    wish: str = "",
    file: Checked | None = None,
    actor_name: str = "",
    contact: Contact | None = None,
) -> bool:
    """The partner asks for it. What is included or has a price is agreed upon with that.

    ``wish`` and ``file`` are what the vendor should know, ``seen`` the fingerprint of the offer as it was shown. Raises
    ``NotYourMove`` and ``OfferChanged``.
    """
    progress = hold(progress)
    if progress.state == Progress.State.HANDED_OVER or progress.is_settled:
        return False
    if not may_move(progress, Turn.PARTNER):
        raise NotYourMove
    offer = offer_of(progress.step)
    if offer is None or not offer.is_whole or fingerprint(offer) != seen:
        raise OfferChanged
    handover = Handover(
        vendor=progress.enrollment.partner.vendor,
        progress=progress,
        contact=contact,
        offer=offer.as_json(),
        asked_at=now,
        wish=wish.strip(),
    )
    if file is not None:
        stored = store(file, progress=progress, by=by, now=now)
        handover.attached = {"file": stored.key, "name": stored.name, "size": stored.size}
    words: dict[str, Any] = {"by": by, "now": now, "actor_name": actor_name, "note": handover.wish}
    if offer.is_on_quote:
        _move_on(handover, State.REQUESTED, Turn.PARTNER, **words)
    else:
        handover.amount, handover.currency = offer.amount, offer.currency
        _agree(handover, offer, **words)
    return True


@transaction.atomic
def quote(
    *,
    progress: Progress,
    amount: Decimal,
    currency: str,
    ready_on: date,
    by: User | None,
    now: datetime,
    note: str = "",
) -> bool:
    """The vendor says what it would cost, and by when it would be done; until the partner has answered, anew.

    Raises ``NotYourMove`` and ``DayIsOver``.
    """
    handover = _held(progress)
    if handover.state == State.QUOTED and (handover.amount, handover.ready_on) == (amount, ready_on):
        return False
    _must_be(handover, [State.REQUESTED, State.QUOTED])
    _must_come(handover, ready_on, now=now)
    handover.amount, handover.currency, handover.ready_on = amount, currency, ready_on
    _move_on(handover, State.QUOTED, Turn.VENDOR, by=by, now=now, note=note)
    return True


@transaction.atomic
def accept(*, progress: Progress, seen: str, by: User | None, now: datetime, actor_name: str = "") -> bool:
    """The partner takes the quote. ``seen`` is its price, as ``price_seen`` says it.

    Raises ``NotYourMove`` and ``OfferChanged``.
    """
    handover = _held(progress)
    if handover.state in AGREED:
        return False
    _must_be(handover, [State.QUOTED])
    if seen != price_seen(handover):
        raise OfferChanged
    _agree(handover, _offer(handover), by=by, now=now, actor_name=actor_name, quoted_for=handover.ready_on)
    return True


@transaction.atomic
def refuse(*, progress: Progress, by: User | None, now: datetime, note: str = "", actor_name: str = "") -> bool:
    """The partner turns the quote down, and the step is theirs again. Raises ``NotYourMove``."""
    handover = _held(progress, or_ended_as=State.REFUSED)
    if handover.state == State.REFUSED:
        return False
    _must_be(handover, [State.QUOTED])
    _move_on(handover, State.REFUSED, Turn.PARTNER, by=by, now=now, note=note, actor_name=actor_name)
    return True


@transaction.atomic
def take_back(*, progress: Progress, by: User | None, now: datetime, actor_name: str = "") -> bool:
    """The partner does it themselves after all. Raises ``NotYourMove``, also once it is scheduled as agreed."""
    handover = _held(progress, or_ended_as=State.WITHDRAWN)
    if handover.state == State.WITHDRAWN:
        return False
    if not may_take_back(handover, handover.moves.all()):
        raise NotYourMove
    _move_on(handover, State.WITHDRAWN, Turn.PARTNER, by=by, now=now, actor_name=actor_name)
    return True


@transaction.atomic
def schedule(*, progress: Progress, ready_on: date, by: User | None, now: datetime, note: str = "") -> bool:
    """The vendor says on which day it will be done; saying another day later moves it.

    Raises ``NotYourMove`` and ``DayIsOver``.
    """
    handover = _held(progress)
    if handover.state == State.SCHEDULED and handover.ready_on == ready_on:
        return False
    _must_be(handover, AGREED)
    _must_come(handover, ready_on, now=now)
    handover.ready_on = ready_on
    _move_on(handover, State.SCHEDULED, Turn.VENDOR, by=by, now=now, note=note)
    return True


@transaction.atomic
def deliver(
    *,
    progress: Progress,
    by: User | None,
    now: datetime,
    note: str = "",
    given: Mapping[str, Value] | None = None,
) -> bool:
    """The vendor has done it; ``note`` says what there is now, ``given`` what the step asks for, by the field's key.

    The files that were brought before are given with it; something empty takes one out again. Raises ``NotYourMove``,
    and ``EvidenceMissing`` where something is missing that the partner would have to give too.
    """
    handover = _held(progress)
    if handover.state == State.DELIVERED:
        return False
    _must_be(handover, AGREED)
    asked = asked_on_delivery(handover.progress.step)
    brought, words = brought_for(handover, asked), dict(given or {})
    files = {key: value for key, value in brought.items() if words.pop(key, value)}
    drop_brought(handover, but=files)
    same: dict[str, Any] = {"by": by, "now": now, "giver_name": str(by or "")}
    whole = keep(handover.progress, words | files, asked=asked, **same)
    lines = for_the_log(asked, whole, handover.progress.enrollment.version.languages)
    handover.with_evidence = True
    _move_on(handover, State.DELIVERED, Turn.VENDOR, by=by, now=now, note=note, given=lines)
    return True


@transaction.atomic
def bring_files(
    *, progress: Progress, checked: Mapping[str, Checked], by: User | None, now: datetime
) -> dict[str, Value]:
    """Keep files for the delivery, by the field's key, also where the rest of the form is not in order yet.

    They are the vendor's own until it is delivered: what the partner gave stays as it is. Raises ``NotYourMove``.
    """
    handover = _held(progress)
    _must_be(handover, AGREED)
    return bring(handover, checked, by=by, now=now)


@transaction.atomic
def send_back(*, progress: Progress, missing: str, by: User | None, now: datetime, actor_name: str = "") -> bool:
    """The partner says what is missing in what was delivered. Raises ``NotYourMove`` and ``ReasonMissing``."""
    missing = _needed(missing)
    handover = _held(progress)
    if handover.state == State.RETURNED:
        return False
    _must_be(handover, [State.DELIVERED])
    vendor = handover.vendor
    handover.ready_on = working_days_after(vendor, day_of(vendor, now), days=_offer(handover).days)
    _move_on(handover, State.RETURNED, Turn.PARTNER, by=by, now=now, note=missing, actor_name=actor_name)
    return True


@transaction.atomic
def confirm(*, progress: Progress, by: User | None, now: datetime, actor_name: str = "") -> bool:
    """The partner has what was promised: the step is done, and the next one opens. Raises ``NotYourMove``."""
    handover = _held(progress, or_ended_as=State.CONFIRMED)
    if handover.state == State.CONFIRMED:
        return False
    _must_be(handover, [State.DELIVERED])
    words: dict[str, Any] = {"by": by, "now": now, "actor_name": actor_name}
    _move_on(handover, State.CONFIRMED, Turn.PARTNER, **words)
    progress = handover.progress
    settle(progress, Progress.State.DONE, by=by, now=now)
    write_down(progress, Activity.Kind.DONE, Turn.PARTNER, done_for_them=True, **words)
    step_completed.send(sender=Progress, progress=progress, now=now)
    open_next(enrollment=progress.enrollment, now=now)
    return True


@transaction.atomic
def decline(*, progress: Progress, reason: str, by: User | None, now: datetime) -> bool:
    """The vendor cannot do it and says why; the step is the partner's again.

    Raises ``NotYourMove`` and ``ReasonMissing``.
    """
    reason = _needed(reason)
    handover = _held(progress, or_ended_as=State.DECLINED)
    if handover.state == State.DECLINED:
        return False
    _must_be(handover, WITH_VENDOR)
    _move_on(handover, State.DECLINED, Turn.VENDOR, by=by, now=now, note=reason)
    return True


def settle_otherwise(*, progress: Progress, now: datetime) -> None:
    """The step was done or left out without this: nothing is owed any more.

    Where it was done, what was brought for it is given with that.
    """
    live = Handover.objects.live().filter(progress=progress).select_related("vendor").first()
    if live is None:
        return
    live.progress = progress
    files: dict[str, Value] = {}
    if progress.state == Progress.State.DONE:
        by, files = progress.settled_by, brought_for(live, asked_on_delivery(progress.step))
        put(progress, files, by=by, now=now, giver_name=str(by or ""))
    drop_brought(live, but=files)
    _note(live, State.SETTLED, Turn.VENDOR, by=None, now=now)  # the log has how the step was settled


def _held(progress: Progress, *, or_ended_as: str = "") -> Handover:
    """The one that is running, its step held until the transaction ends; or the last one, if it ended so.

    Raises ``NotYourMove``, also where the playbook has ended.
    """
    progress = hold(progress)
    last = Handover.objects.filter(progress=progress).order_by("-pk").first()
    if last is None or not (last.is_live or last.state == or_ended_as):
        raise NotYourMove
    if last.is_live and progress.enrollment.state != Enrollment.State.RUNNING:
        raise NotYourMove
    last.progress, last.vendor = progress, progress.enrollment.partner.vendor
    return last


def _must_be(handover: Handover, states: Collection[str]) -> None:
    if handover.state not in states:
        raise NotYourMove


def _must_come(handover: Handover, day: date, *, now: datetime) -> None:
    if day < day_of(handover.vendor, now):
        raise DayIsOver


def _needed(words: str) -> str:
    if not words.strip():
        raise ReasonMissing
    return words.strip()


def _offer(handover: Handover) -> Offer:
    offer = offer_from(handover.offer)
    assert offer is not None  # noqa: S101 - it was asked for
    return offer


def _agree(
    handover: Handover, offer: Offer, *, by: User | None, now: datetime, quoted_for: date | None = None, **words: Any
) -> None:
    """By the day that was quoted; where that is over by now, or none was, by the lead time."""
    today = day_of(handover.vendor, now)
    by_lead = working_days_after(handover.vendor, today, days=offer.days)
    handover.ready_on = quoted_for if quoted_for is not None and quoted_for > today else by_lead
    handover.accepted_at, handover.accepted_by = now, by
    handover.accepted_name = (words.get("actor_name") or str(by or ""))[:150]
    _move_on(handover, State.ACCEPTED, Turn.PARTNER, by=by, now=now, **words)


def _move_on(handover: Handover, state: str, side: str, *, by: User | None, now: datetime, **words: Any) -> None:
    """Both states, whose turn it is, and the word to the floors above."""
    progress = handover.progress
    if state not in Handover.TURNS:
        drop_brought(handover)
    _write(handover, state, side, by=by, now=now, **words)
    if state != State.CONFIRMED:
        running = state in Handover.TURNS
        progress.state = Progress.State.HANDED_OVER if running else Progress.State.OPEN
        progress.reason, progress.snoozed_until = "", None
        pass_turn(progress, Handover.TURNS.get(state, Turn.PARTNER), now=now)
        progress.save()
    handover_moved.send(sender=Handover, handover=handover, progress=progress, now=now)
    if progress.turn == Turn.VENDOR:  # what does not wait for this opens beside it
        open_next(enrollment=progress.enrollment, now=now)


def _write(
    handover: Handover,
    state: str,
    side: str,
    *,
    by: User | None,
    now: datetime,
    note: str = "",
    actor_name: str = "",
    given: Sequence[Mapping[str, Any]] = (),
) -> None:
    """As ``_note``, with the activity and the audit. ``given`` is what the log says of the step's evidence."""
    name = (actor_name or str(by or ""))[:150]
    _note(handover, state, side, by=by, now=now, note=note.strip(), by_name=name)
    progress = handover.progress
    told: dict[str, Any] = {
        "move": str(state),
        "amount": str(handover.amount) if handover.amount is not None else "",
        "currency": handover.currency,
        "ready_on": handover.ready_on.isoformat() if handover.ready_on else "",
    }
    if agreed := moved_from(handover, handover.moves.all()):
        told["moved_from"] = agreed.isoformat()
    who: dict[str, Any] = {"by": by, "now": now, "actor_name": actor_name, "note": note.strip()}
    asked: dict[str, Any] = {"contact": handover.contact_id} if handover.contact_id else {}
    asked |= {"given": list(given)} if given else {}
    write_down(progress, Activity.Kind.HANDOVER, side, handover=handover.pk, **told, **asked, **who)
    partner = progress.enrollment.partner
    said = {"step": progress.step.key, "name": name, **told}
    auditing.record(vendor=handover.vendor, action="handover.moved", subject=partner, by=by, now=now, **said)


def _note(handover: Handover, state: str, side: str, *, by: User | None, now: datetime, **words: str) -> None:
    """The state with its due date, and the history."""
    handover.state, handover.due_at = state, due_at(handover, state, now=now)
    handover.ended_at = now if state not in Handover.TURNS else None
    handover.save()
    agreed = {"amount": handover.amount, "currency": handover.currency, "ready_on": handover.ready_on}
    HandoverMove.objects.create(handover=handover, state=state, at=now, side=side, by=by, **words, **agreed)
