"""The remorse check: one question to a partner, a day after its first playbook began, unless they said it before."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from followups.engine.cadences import CONFIDENCE
from followups.engine.recipients import find_recipients
from followups.engine.writing import add_follow_ups
from followups.models import FollowUp, Message, Touch
from partners.hours import after_elapsed
from partners.models import Partner, Vendor
from playbooks.confidence import ASKED_AFTER
from playbooks.links import make_token
from playbooks.models import Confidence, Enrollment, Progress

Reason = FollowUp.Reason


def plan_question(*, enrollments: Sequence[Enrollment], now: datetime) -> None:
    """Plan it for these, of one vendor; as many queries for a thousand as for one, and one where it is not asked."""
    vendors = {enrollment.vendor_id for enrollment in enrollments}
    vendor = Vendor.objects.filter(pk__in=vendors, asks_confidence=True).first()
    if vendor is None:
        return
    started = {enrollment.partner_id: enrollment for enrollment in enrollments}
    before = Enrollment.objects.filter(partner__in=started).exclude(pk__in=[each.pk for each in enrollments])
    for partner_id in set(before.values_list("partner_id", flat=True)):
        del started[partner_id]
    partners = list(Partner.objects.filter(pk__in=started))
    for partner in partners:
        partner.vendor = vendor
    recipients = find_recipients(partners, Touch.To.PARTNER)
    add_follow_ups(
        [
            FollowUp(
                vendor_id=vendor.pk,
                partner_id=pk,
                enrollment=started[pk],
                kind=CONFIDENCE,
                channel=Touch.Channel.MAIL,
                contact=to.contact,
                anchor_at=now,
                offset=ASKED_AFTER,
                time_zone=to.zone,
                policy_version=vendor.policy_version,
                due_at=after_elapsed(now, delay=ASKED_AFTER, hours=to.hours),
            )
            for pk, to in recipients.items()
        ]
    )


def ask_no_more(*, enrollment: Enrollment, now: datetime) -> None:
    """It is answered: what is planned is called off, and a mail that waits carries it no longer."""
    asked = FollowUp.objects.filter(enrollment=enrollment, kind=CONFIDENCE)
    waiting = asked.filter(state=FollowUp.State.DECIDED, message__state=Message.State.READY)
    for rows in (asked.scheduled(), FollowUp.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)))):
        rows.update(state=FollowUp.State.CANCELLED, reason=Reason.ANSWERED, finished_at=now)


def ask_nobody(*, vendor: Vendor, now: datetime) -> None:
    """The vendor has switched the question off."""
    planned = FollowUp.objects.of(vendor).scheduled().filter(kind=CONFIDENCE)
    planned.update(state=FollowUp.State.CANCELLED, reason=Reason.TOUCH_REMOVED, finished_at=now)


def answered_among(followups: Iterable[FollowUp]) -> frozenset[int]:
    """Enrollments whose question, which is among these, has its answer; no query where there is no question."""
    asked = {one.enrollment_id for one in followups if one.kind == CONFIDENCE and one.enrollment_id is not None}
    if not asked:
        return frozenset()
    return frozenset(Confidence.objects.filter(enrollment__in=asked).values_list("enrollment_id", flat=True))


def door_of(followups: Collection[FollowUp], *, now: datetime) -> str:
    """The path behind the question, for whoever gets the mail; empty where none of these asks."""
    asking = next((one for one in followups if one.kind == CONFIDENCE and one.contact is not None), None)
    if asking is None or asking.contact is None:
        return ""
    steps = Progress.objects.filter(enrollment=asking.enrollment_id).partners_first()
    step = steps.in_play().first() or steps[0]
    return make_token(contact=asking.contact, progress=step, now=now)
