"""What a person may be told about the reminders of a step: asked of the floor that sends them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from partners.models import Contact
from partners.places import zone
from playbooks.models import Progress
from playbooks.signals import reminders_asked


class Reminders:
    """The answer of a house that sends none; the floor above knows better."""

    @property
    def is_off(self) -> bool:
        """Whether no mail about this step will reach the person."""
        return False

    @property
    def is_rare(self) -> bool:
        """Whether they asked for at most one a week."""
        return False

    @property
    def door(self) -> str:
        """The address where the person chooses that; empty where it is not theirs to choose."""
        return ""

    @property
    def next_at(self) -> datetime | None:
        """When the next reminder of this step goes out if nobody does anything; None if none will."""
        return None

    def opening(self, at: datetime) -> datetime:
        """From when, at or after ``at``, the person may be reminded at all."""
        return at


def reminders_of(*, progress: Progress, contact: Contact, now: datetime) -> Reminders:
    answers: Sequence[tuple[object, Any]] = reminders_asked.send(
        sender=Progress, progress=progress, contact=contact, now=now
    )
    return next((answer for _receiver, answer in answers if isinstance(answer, Reminders)), Reminders())


def day_of(at: datetime, contact: Contact) -> str:
    """Where ``contact`` lives: "Monday, 30 November"."""
    local = localtime(at, zone(contact.zone_name))
    return f"{date_format(local, 'l')}, {date_format(local, 'MONTH_DAY_FORMAT')}"


def day_and_hour(at: datetime, contact: Contact) -> str:
    """Where ``contact`` lives: "Monday, 30 November, from 09:00"."""
    hour = time_format(localtime(at, zone(contact.zone_name)), "H:i")
    return _("%(day)s, from %(hour)s") % {"day": day_of(at, contact), "hour": hour}
