"""The welcome: one mail to a partner who was accepted, with the first step and the person who is there for them."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from followups.engine.cadences import WELCOME
from followups.engine.waking import wake_on_commit
from followups.engine.windows import into_window, waking_hours_in, zone_of_contact
from followups.models import FollowUp
from partners.models import Contact
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn

RELATED = ("step", "enrollment__partner__vendor")


def welcome_accepted(*, partner_ids: Collection[int], now: datetime) -> None:
    """Plan the welcome of partners whose first step is theirs; as many queries for a thousand as for one."""
    steps = Progress.objects.in_play().filter(enrollment__partner__in=partner_ids, turn=Turn.PARTNER)
    running = steps.filter(enrollment__state=Enrollment.State.RUNNING)
    _plan(running.select_related(*RELATED).order_by("enrollment__started_at", "position", "pk"), now=now)


def welcome_late(*, progress: Progress, now: datetime) -> None:
    """Plan it with the first step that is the partner's, where a step of somebody else's came before it."""
    if progress.turn != Turn.PARTNER or progress.position == 0:
        return
    earlier = Q(position__lt=progress.position, step__who=Turn.PARTNER)
    if not Progress.objects.filter(earlier, enrollment=progress.enrollment_id).exists():
        _plan([progress], now=now)


def _plan(steps: Iterable[Progress], *, now: datetime) -> None:
    """One for each partner, who is welcomed once whatever they walk later."""
    first: dict[int, Progress] = {}
    for step in steps:
        first.setdefault(step.enrollment.partner_id, step)
    welcomed = FollowUp.objects.filter(partner__in=first, kind=WELCOME).values_list("partner", flat=True)
    for partner in set(welcomed):
        del first[partner]
    contacts = Contact.objects.filter(partner__in=first, is_primary=True, left_at=None)
    followups = [_follow_up(first[contact.partner_id], contact, now=now) for contact in contacts]
    if followups:
        FollowUp.objects.bulk_create(followups, ignore_conflicts=True)
        wake_on_commit()


def _follow_up(progress: Progress, contact: Contact, *, now: datetime) -> FollowUp:
    partner, vendor = progress.enrollment.partner, progress.enrollment.partner.vendor
    zone = zone_of_contact(vendor, contact, partner)
    due = into_window(now, waking_hours_in(zone))
    return FollowUp(
        vendor_id=vendor.pk,
        partner_id=partner.pk,
        enrollment=progress.enrollment,
        progress=progress,
        kind=WELCOME,
        contact=contact,
        anchor_at=now,
        offset=due - now,  # what the night adds: the reminders after it count from the accepting, not from the morning
        time_zone=zone,
        policy_version=vendor.policy_version,
        due_at=due,
    )
