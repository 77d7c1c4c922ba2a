"""Somebody talked to a partner, or tried to: written down with its outcome, so that the next one knows."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import Activity, Partner, User
from partners.recording import record_activity
from partners.signals import partners_changed


class Outcome(models.TextChoices):
    REACHED = "reached", _("We talked")
    NOT_REACHED = "not_reached", _("Not reached, I will try again")


@transaction.atomic
def log_contact(*, partner: Partner, outcome: str, note: str, by: User, now: datetime) -> Activity:
    """Log a call or a talk on the vendor's side; the partner then rests before it is called again."""
    outcome = Outcome(outcome).value
    activity = record_activity(
        partner=partner,
        kind=Activity.Kind.CONTACTED,
        side=Activity.Side.VENDOR,
        by=by,
        now=now,
        note=note.strip(),
        outcome=outcome,
    )
    auditing.record(
        vendor=partner.vendor,
        action="partner.contacted",
        subject=partner,
        by=by,
        now=now,
        outcome=outcome,
    )
    partners_changed.send(sender=Partner, vendor=partner.vendor, partner_ids=[partner.pk], now=now)
    return activity
