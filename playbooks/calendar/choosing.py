"""Setting a time aside for a step, moving it, and taking it back; what becomes of it when the step moves on.

Each writes the mail to the person's calendar in the same transaction.
"""

from datetime import datetime, timedelta

from django.db import transaction

from partners.models import Activity, Contact, Partner, User
from partners.recording import record_activity
from playbooks.calendar.inviting import mail_cancellation, mail_invitation
from playbooks.doing import check_doer
from playbooks.models import Progress, Slot
from playbooks.models.step import Turn
from playbooks.signals import slot_withdrawn, step_snoozed
from playbooks.walking import NotYourMove, may_move


class TimeIsOver(Exception):
    """Nobody can set aside what has begun."""


@transaction.atomic
def set_aside(
    *, progress: Progress, contact: Contact, starts_at: datetime, by: User | None, now: datetime, actor_name: str = ""
) -> bool:
    """Set the step's minutes aside from ``starts_at`` on, for ``contact``, instead of any time chosen before.

    Reminders that would come before wait for it. Says whether anything changed. Raises ``NotYourMove``,
    ``NotTheDoer``, ``TimeIsOver``.
    """
    progress = _locked(progress)
    check_doer(progress, by=by, contact=contact)
    if not may_move(progress, Turn.PARTNER):
        raise NotYourMove
    if starts_at <= now:
        raise TimeIsOver
    slot = _live(progress)
    if slot is not None and (slot.contact_id, slot.starts_at) == (contact.pk, starts_at):
        return False
    if slot is not None and slot.contact_id != contact.pk:
        _end(slot, Slot.End.TAKEN_OVER, now=now)
        slot = None
    slot = _write(slot, progress, contact, starts_at, now=now)
    progress.slot_at = progress.snoozed_until = starts_at
    progress.save(update_fields=["slot_at", "snoozed_until"])
    _record(progress, starts_at, by=by, now=now, actor_name=actor_name)
    step_snoozed.send(sender=Progress, progress=progress, until=starts_at, for_slot=True, now=now)
    mail_invitation(slot)
    return True


@transaction.atomic
def take_back(
    *, progress: Progress, by: User | None, now: datetime, actor_name: str = "", contact: Contact | None = None
) -> bool:
    """Take the time back; reminders come as if it had not been chosen. Says whether there was one to come.

    That is for whoever chose it, as for whoever the step is for. Raises ``NotTheDoer`` for others.
    """
    progress = _locked(progress)
    slot = _live(progress)
    if slot is None:
        return False
    if contact is None or slot.contact_id != contact.pk:
        check_doer(progress, by=by, contact=contact)
    _take_back(progress, slot, now=now)
    _record(progress, None, by=by, now=now, actor_name=actor_name)
    slot_withdrawn.send(sender=Progress, progress=progress, now=now)
    return True


def take_back_of_who_left(*, partner: Partner, by: User, now: datetime) -> None:
    """Nobody comes to the times that were set aside by whoever is no longer there; call it in that transaction."""
    theirs = Slot.objects.live().filter(contact__partner=partner).exclude(contact__left_at=None)
    for step in theirs.order_by("progress").values_list("progress", flat=True):
        progress = _locked(Progress(pk=step))
        slot = _live(progress)
        if slot is None or slot.contact.left_at is None:
            continue  # a colleague set another time aside meanwhile
        _take_back(progress, slot, now=now)
        _record(progress, None, by=by, now=now, side=Activity.Side.VENDOR)
        slot_withdrawn.send(sender=Progress, progress=progress, now=now)


def _take_back(progress: Progress, slot: Slot, *, now: datetime) -> None:
    _end(slot, Slot.End.WITHDRAWN, now=now)
    if progress.snoozed_until == slot.starts_at:
        progress.snoozed_until = None
    progress.slot_at = None
    progress.save(update_fields=["slot_at", "snoozed_until"])


def settle(*, progress: Progress, now: datetime) -> None:
    """The step is done or left out: its time is free again, unless it has begun and was used."""
    slot = _live(progress) if progress.slot_at is not None else None
    if slot is None:
        return
    _end(slot, Slot.End.KEPT if slot.has_begun(now) else Slot.End.SETTLED, now=now)
    progress.slot_at = None
    progress.save(update_fields=["slot_at"])


def wait_again(*, progress: Progress, now: datetime) -> None:
    """It is their turn again, and the time they chose is still to come: reminders wait for it as before."""
    if progress.slot_at is not None and progress.slot_at > now:
        progress.snoozed_until = progress.slot_at
        progress.save(update_fields=["snoozed_until"])


def _locked(progress: Progress) -> Progress:
    steps = Progress.objects.select_for_update(of=("self",), no_key=True)
    return steps.select_related("step__stage", "enrollment__partner__vendor", "enrollment__version").get(pk=progress.pk)


def _live(progress: Progress) -> Slot | None:
    slot = Slot.objects.live().select_related("contact").filter(progress=progress).first()
    if slot is not None:
        slot.progress, slot.contact.partner = progress, progress.enrollment.partner
        slot.vendor = progress.enrollment.partner.vendor
    return slot


def _write(slot: Slot | None, progress: Progress, contact: Contact, starts_at: datetime, *, now: datetime) -> Slot:
    if slot is None:
        slot = Slot(vendor=progress.enrollment.partner.vendor, progress=progress, contact=contact, created_at=now)
    else:
        slot.sequence += 1
    slot.starts_at, slot.ends_at = starts_at, starts_at + timedelta(minutes=progress.step.minutes)
    slot.time_zone, slot.changed_at = contact.zone_name, now
    slot.save()
    return slot


def _end(slot: Slot, ending: Slot.End, *, now: datetime) -> None:
    """What has begun stays in the calendar as what it was; what had not is taken out of it."""
    slot.ended_at, slot.ending = now, ending
    if not slot.has_begun(now):
        slot.sequence, slot.changed_at = slot.sequence + 1, now
        mail_cancellation(slot)
    slot.save(update_fields=["ended_at", "ending", "sequence", "changed_at"])


def _record(
    progress: Progress,
    starts_at: datetime | None,
    *,
    by: User | None,
    now: datetime,
    actor_name: str = "",
    side: Activity.Side = Activity.Side.PARTNER,
) -> None:
    titles = {language: texts.get("title", "") for language, texts in progress.step.texts.items()}
    record_activity(
        partner=progress.enrollment.partner,
        kind=Activity.Kind.SLOT,
        side=side,
        by=by,
        now=now,
        actor_name=actor_name,
        enrollment=progress.enrollment_id,
        progress=progress.pk,
        step=progress.step.key,
        title=titles,
        starts_at=starts_at.isoformat() if starts_at else "",
    )
