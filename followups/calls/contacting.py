"""Somebody talked to a partner, or tried to: written down with its outcome, so that the next one knows."""

from datetime import UTC, datetime, timedelta

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from followups.calls.calling import called
from partners import auditing
from partners.models import Activity, Partner, User, Vendor
from partners.places import zone
from partners.recording import record_activity
from partners.signals import partners_changed

SAME_PRESS = timedelta(minutes=2)  # the same words of the same person within it are one call, told twice


class Outcome(models.TextChoices):
    REACHED = "reached", _("We talked")
    WROTE = "wrote", _("Wrote to them")
    NOT_REACHED = "not_reached", _("Not reached, I will try again")


@transaction.atomic
def log_contact(
    *, partner: Partner, outcome: str, note: str, by: User, now: datetime, sponsor: Partner | None = None
) -> Activity:
    """Log a call or a talk; the partner then rests before anybody calls again.

    It stands on the vendor's side, or on that of the ``sponsor`` in whose name ``by`` called. The same press twice is
    logged once.
    """
    partner = Partner.objects.select_for_update(of=("self",), no_key=True).select_related("vendor").get(pk=partner.pk)
    outcome, note = Outcome(outcome).value, note.strip()
    told = _told_just_now(partner, outcome=outcome, note=note, by=by, now=now)
    if told is not None:
        return told
    activity = record_activity(
        partner=partner,
        kind=Activity.Kind.CONTACTED,
        side=Activity.Side.SPONSOR if sponsor else Activity.Side.VENDOR,
        by=by,
        now=now,
        actor_name=f"{by}, {sponsor.company}" if sponsor else "",
        note=note,
        outcome=outcome,
        **({"back_at": _tomorrow(partner.vendor, now)} if outcome == Outcome.NOT_REACHED else {}),
    )
    auditing.record(
        vendor=partner.vendor,
        action="partner.contacted",
        subject=partner,
        by=by,
        now=now,
        outcome=outcome,
    )
    called(partner=partner, was_reached=outcome == Outcome.REACHED, now=now)
    partners_changed.send(sender=Partner, vendor=partner.vendor, partner_ids=[partner.pk], now=now)
    return activity


def _tomorrow(vendor: Vendor, now: datetime) -> str:
    """When the vendor's next day begins to work, in UTC, as the statement of Standing reads it."""
    where = zone(vendor.time_zone)
    day = now.astimezone(where).date() + timedelta(days=1)
    return f"{datetime.combine(day, vendor.day_starts, tzinfo=where).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _told_just_now(partner: Partner, *, outcome: str, note: str, by: User, now: datetime) -> Activity | None:
    last = partner.activities.filter(at__gt=now - SAME_PRESS, kind=Activity.Kind.CONTACTED, actor=by).order_by("-at")
    return next((one for one in last if (one.data.get("outcome"), one.note) == (outcome, note)), None)
