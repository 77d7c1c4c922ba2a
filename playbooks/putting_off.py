"""Who asks to be reminded of a step later, and from when."""

from datetime import date, datetime

from django.db import transaction

from partners.models import Activity, Contact, User
from partners.places import zone
from playbooks.doing import check_doer
from playbooks.models import Progress
from playbooks.models.step import Turn
from playbooks.signals import step_snoozed
from playbooks.walking import check_move, hold, write_down


@transaction.atomic
def remind_later(
    *,
    progress: Progress,
    until: datetime,
    by: User | None,
    now: datetime,
    actor_name: str = "",
    contact: Contact | None = None,
) -> bool:
    """The partner asks not to be reminded before ``until``, and then to be: ``contact``, else whoever does the step.

    Raises ``NotYourMove`` and, for a colleague of whom it is for, ``NotTheDoer``.
    """
    progress = hold(progress)
    check_doer(progress, by=by, contact=contact)
    if progress.is_settled or progress.snoozed_until == until:
        return False
    check_move(progress, Turn.PARTNER)
    progress.snoozed_until = until
    progress.save(update_fields=["snoozed_until"])
    write_down(
        progress,
        Activity.Kind.SNOOZED,
        Turn.PARTNER,
        by=by,
        now=now,
        actor_name=actor_name,
        until=until.isoformat(),
    )
    step_snoozed.send(sender=Progress, progress=progress, until=until, now=now, contact=contact)
    return True


def morning_of(day: date, *, contact: Contact, now: datetime) -> datetime:
    """When the vendor's working day starts on ``day`` where ``contact`` lives; the engine moves it off a weekend."""
    starts = contact.partner.vendor.day_starts
    # An hour that the clocks skip that morning is read with the offset before the jump: never earlier than asked.
    return datetime.combine(day, starts, tzinfo=zone(contact.zone_name)).astimezone(now.tzinfo)
