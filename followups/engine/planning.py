"""From what happens on a step to the follow-ups planned for it, in the same transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Max, Q, QuerySet

from followups.engine.cadences import ASKED_FOR, OF_NO_CADENCE, Rule, cadences_of, due_times
from followups.engine.crashing import crash_point
from followups.engine.waking import wake_on_commit
from followups.engine.windows import Hours, hours_in, into_window, zone_of_contact, zone_of_member
from followups.models import FollowUp, Touch
from followups.models.followup import FollowUpQuerySet
from partners.models import Contact, Member, Partner, Vendor
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn

NO_POLICY = 0  # vendors count theirs from 1


class Recipient(NamedTuple):
    """Who gets a touch, and the zone they live in; exactly one of the two is set."""

    contact: Contact | None
    member: Member | None
    zone: str
    hours: Hours


def plan(*, progress: Progress, now: datetime) -> None:
    """Plan one follow-up for each touch of the playbook's cadence, if it is the partner's turn.

    A step that has follow-ups planned keeps them. One that had some and lost them, because it was the vendor's turn
    meanwhile, starts anew under the next episode.
    """
    if progress.turn != Turn.PARTNER or _planned(progress).exists():
        return
    partner = progress.enrollment.partner
    rules = cadences_of([partner.vendor_id]).of(partner.vendor_id, progress.enrollment.playbook_id)
    followups = []
    for to, role in sorted({rule.audience for rule in rules}):
        recipient = find_recipient(partner, to, role)
        if recipient is not None:
            theirs = [rule for rule in rules if rule.audience == (to, role)]
            followups += _follow_ups(progress, recipient, theirs, now=now)
    FollowUp.objects.bulk_create(followups, ignore_conflicts=True)
    crash_point("planned")


def _follow_ups(progress: Progress, to: Recipient, rules: Sequence[Rule], *, now: datetime) -> list[FollowUp]:
    timings = [rule.timing for rule in rules]
    due = due_times(timings, anchor=now, hours=to.hours)
    episode = _next_episode(progress)
    return [
        _follow_up(
            progress, to, kind=timing.kind, anchor=now, offset=timing.delay, due=due[timing.kind], episode=episode
        )
        for timing in timings
    ]


def _follow_up(
    progress: Progress,
    to: Recipient,
    *,
    kind: str,
    anchor: datetime,
    offset: timedelta,
    due: datetime,
    episode: int,
) -> FollowUp:
    enrollment = progress.enrollment
    return FollowUp(
        vendor_id=enrollment.vendor_id,
        partner_id=enrollment.partner_id,
        enrollment=enrollment,
        progress=progress,
        kind=kind,
        episode=episode,
        contact=to.contact,
        member=to.member,
        anchor_at=anchor,
        offset=offset,
        time_zone=to.zone,
        policy_version=enrollment.partner.vendor.policy_version,
        due_at=due,
    )


def _next_episode(progress: Progress) -> int:
    last: int | None = FollowUp.objects.filter(progress=progress).aggregate(last=Max("episode"))["last"]
    return 0 if last is None else last + 1


def _planned(progress: Progress) -> QuerySet[FollowUp]:
    return FollowUp.objects.scheduled().filter(progress=progress)


def find_recipient(partner: Partner, to: str, role: str = "") -> Recipient | None:
    """The person that a touch ``to`` partner, sponsor or manager goes to; None where there is nobody.

    ``role`` chooses among the partner's own people.
    """
    vendor = partner.vendor
    if to == Touch.To.MANAGER:
        return member_recipient(vendor, partner.manager)
    of = partner.sponsor if to == Touch.To.SPONSOR else partner
    contact = contact_for(of, role) if of is not None else None
    return contact_recipient(vendor, contact, of) if contact and of else None


def contact_for(partner: Partner, role: str = "") -> Contact | None:
    """Who has this role at the partner; where nobody has it, and without one, whom the playbook talks to."""
    wanted = Q(is_primary=True) | Q(role=role) if role else Q(is_primary=True)
    return best_for(role, Contact.objects.filter(wanted, partner=partner, left_at=None))


def best_for(role: str, contacts: Iterable[Contact]) -> Contact | None:
    """Among one partner's people: who has the role, if anybody; of several the primary contact, or who came first."""
    return min(contacts, key=lambda one: (bool(role) and one.role != role, not one.is_primary, one.pk), default=None)


def contact_recipient(vendor: Vendor, contact: Contact, partner: Partner) -> Recipient:
    zone = zone_of_contact(vendor, contact, partner)
    return Recipient(contact, None, zone, hours_in(zone, vendor=vendor, country=partner.country))


def member_recipient(vendor: Vendor, member: Member) -> Recipient | None:
    if member.left_at is not None:
        return None
    zone = zone_of_member(vendor, member)
    return Recipient(None, member, zone, hours_in(zone, vendor=vendor))


def cancel_step(*, progress: Progress, reason: FollowUp.Reason, now: datetime) -> None:
    """Nothing more is sent about this step; what is being sent just now looks at the step once more itself."""
    _cancel(_planned(progress), reason, now=now)


def cancel_enrollment(*, enrollment: Enrollment, now: datetime) -> None:
    planned = FollowUp.objects.scheduled().filter(enrollment=enrollment)
    _cancel(planned, FollowUp.Reason.ENROLLMENT_ENDED, now=now)


def _cancel(planned: QuerySet[FollowUp], reason: FollowUp.Reason, *, now: datetime) -> None:
    planned.update(state=FollowUp.State.CANCELLED, reason=reason, finished_at=now)


def plan_anew(followups: FollowUpQuerySet, *, now: datetime) -> None:
    """Hours, days or a zone changed: the engine looks at these now and gives each its new time, batch by batch.

    Without a policy's version they count as planned under an older one. What somebody else holds is stepped over: it
    is being decided or ended, and is judged by the new rules when it falls due.
    """
    planned = followups.scheduled().filter(due_at__gt=now, progress__isnull=False).exclude(kind__in=OF_NO_CADENCE)
    if connection.features.has_select_for_update_skip_locked:
        planned = planned.select_for_update(skip_locked=True)
    pks = planned.order_by().values("pk")
    FollowUp.objects.filter(pk__in=pks).update(due_at=now, policy_version=NO_POLICY)
    crash_point("planned-anew")
    wake_on_commit()


def snooze(*, progress: Progress, until: datetime, now: datetime) -> None:
    """Move what is planned to ``until`` or after it, keeping the distance between touches; none is used up.

    When all were sent already, the partner still gets the one reminder they asked for.
    """
    if progress.turn != Turn.PARTNER:
        return
    recipient = find_recipient(progress.enrollment.partner, Touch.To.PARTNER)
    planned = list(_planned(progress).select_for_update().order_by("due_at", "offset"))
    if planned:
        _move(planned, until=until, vendor=progress.enrollment.partner.vendor, recipient=recipient)
    elif recipient is not None:
        due = into_window(until, recipient.hours)
        episode = _next_episode(progress)
        _follow_up(
            progress, recipient, kind=ASKED_FOR, anchor=until, offset=timedelta(0), due=due, episode=episode
        ).save(force_insert=True)


def _move(planned: Sequence[FollowUp], *, until: datetime, vendor: Vendor, recipient: Recipient | None) -> None:
    country = recipient.hours.country if recipient else ""
    first = planned[0]
    for followup in planned:
        hours = hours_in(followup.time_zone, vendor=vendor, country=country)
        moved = into_window(until + (followup.offset - first.offset), hours)
        if moved > followup.due_at:
            followup.due_at = moved
            followup.reason = followup.held = FollowUp.Reason.SNOOZED
    FollowUp.objects.bulk_update(planned, ["due_at", "reason", "held"])
