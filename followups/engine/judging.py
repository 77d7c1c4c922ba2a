"""What becomes of one due follow-up: sent, held or ended, and why. No query here; the facts come with it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from followups.engine.cadences import OF_NO_CADENCE, WELCOME, Timing, due_times
from followups.engine.windows import (
    Hours,
    hours_in,
    into_window,
    is_open,
    next_day,
    waking_hours_in,
    zone_of_contact,
    zone_of_member,
)
from followups.models import FollowUp, Message
from partners.models import Contact, Partner, Vendor
from playbooks.models import Enrollment
from playbooks.models.step import Turn

Reason = FollowUp.Reason
WEEK = timedelta(days=7)
A_WEEK_AT_MOST = 3
# A reminder that went out minutes after it fell due was not late; hours after, it was.
PUNCTUAL = timedelta(minutes=15)
SOON = timedelta(minutes=1)

Mailbox = tuple[int | None, str]  # vendor, address in lower case


class Rule(NamedTuple):
    """An active touch of a vendor's cadence."""

    to: str
    timing: Timing


class Sibling(NamedTuple):
    """A follow-up of the same step, with what became of its message."""

    contact_id: int | None
    member_id: int | None
    episode: int
    offset: timedelta
    state: str
    due_at: datetime
    message_state: str | None
    message_finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that judging a batch needs, read by a constant number of queries."""

    vendors: dict[int, Vendor]
    rules: dict[int, list[Rule]]  # by vendor
    siblings: dict[int, list[Sibling]]  # all follow-ups of a step, by progress
    primaries: dict[int, Contact]  # by partner
    suppressed: frozenset[tuple[int | None, str]]
    accepted: dict[Mailbox, list[datetime]]  # reminders of the last week, oldest first
    pending: dict[Mailbox, Message] = field(default_factory=dict)  # reminders that have not left yet


@dataclass(frozen=True, slots=True)
class Finish:
    state: FollowUp.State
    reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Send:
    mailbox: Mailbox
    language: str
    day: date  # the recipient's
    hours: Hours
    is_welcome: bool = False


Verdict = Finish | Hold | Send


def judge(followup: FollowUp, facts: Facts, *, now: datetime) -> Verdict:
    """Check everything again at the moment of deciding.

    Writes onto ``followup`` what it found to be current: recipient, zone and policy version.
    """
    ended = _ended(followup)
    if ended is not None:
        return Finish(FollowUp.State.CANCELLED, ended)
    vendor = facts.vendors[followup.vendor_id]
    is_for_somebody = _has_recipient(followup, facts)
    stale = _check_policy(followup, facts, vendor, now=now)
    if stale is not None:
        return stale
    if not is_for_somebody:
        return Finish(FollowUp.State.CANCELLED, Reason.NO_ADDRESS)
    mailbox = (vendor.pk, address_of(followup).lower())
    if mailbox in facts.suppressed or (None, mailbox[1]) in facts.suppressed:
        return Finish(FollowUp.State.SUPPRESSED, Reason.ADDRESS_SUPPRESSED)
    timing = _check_timing(followup, facts, hours_of(followup, vendor), now=now)
    if timing is not None:
        return timing
    hours = hours_of(followup, vendor)
    is_welcome = followup.kind == WELCOME
    capped = None if is_welcome else _check_caps(mailbox, facts, hours, now=now)
    today = now.astimezone(hours.zone).date()
    return capped or Send(mailbox, language_of(followup, vendor), today, hours, is_welcome)


def _ended(followup: FollowUp) -> Reason | None:
    enrollment, progress = followup.enrollment, followup.progress
    if enrollment is not None and enrollment.state != Enrollment.State.RUNNING:
        return Reason.ENROLLMENT_ENDED
    if followup.partner.state == Partner.State.LEFT:
        return Reason.ENROLLMENT_ENDED
    if progress is not None and progress.is_settled:
        return Reason.STEP_SETTLED
    if progress is not None and progress.turn != Turn.PARTNER:
        return Reason.NOT_PARTNERS_TURN
    return None


def _has_recipient(followup: FollowUp, facts: Facts) -> bool:
    """Whether there is somebody to write to; a contact who left is followed by the one who is primary now."""
    if followup.member is not None:
        return followup.member.left_at is None
    if followup.contact is None:
        return False
    if followup.contact.left_at is not None:
        successor = facts.primaries.get(followup.contact.partner_id)
        if successor is None:
            return False
        followup.contact = successor
    return True


def address_of(followup: FollowUp) -> str:
    if followup.contact is not None:
        return followup.contact.email
    return followup.member.user.email if followup.member is not None else ""


def language_of(followup: FollowUp, vendor: Vendor) -> str:
    if followup.contact is not None:
        return followup.contact.language or followup.contact.partner.language or vendor.language
    return (followup.member.user.language if followup.member is not None else "") or vendor.language


def zone_now(followup: FollowUp, vendor: Vendor) -> str:
    if followup.contact is not None:
        return zone_of_contact(vendor, followup.contact, followup.contact.partner)
    return zone_of_member(vendor, followup.member) if followup.member is not None else "UTC"


def hours_of(followup: FollowUp, vendor: Vendor) -> Hours:
    if followup.kind == WELCOME:
        return waking_hours_in(followup.time_zone)
    country = followup.contact.partner.country if followup.contact is not None else ""
    return hours_in(followup.time_zone, vendor=vendor, country=country)


def _check_timing(followup: FollowUp, facts: Facts, hours: Hours, *, now: datetime) -> Hold | None:
    """Asked for later? Too close to the reminder before? At a wrong hour?"""
    asked = followup.progress.snoozed_until if followup.progress is not None else None
    if asked is not None and asked > now:
        return Hold(into_window(asked, hours), Reason.SNOOZED)
    earliest = _after_the_one_before(followup, facts, now=now)
    if earliest is not None and earliest > now + PUNCTUAL:
        return Hold(into_window(earliest, hours), Reason.FIRST_WAS_LATE)
    if not is_open(now, hours):
        return Hold(into_window(now, hours), Reason.OUTSIDE_WINDOW)
    return None


def _check_policy(followup: FollowUp, facts: Facts, vendor: Vendor, *, now: datetime) -> Finish | Hold | None:
    """Plan anew what was planned for another zone or under another cadence."""
    zone = zone_now(followup, vendor)
    if followup.policy_version == vendor.policy_version and followup.time_zone == zone:
        return None
    followup.policy_version, followup.time_zone = vendor.policy_version, zone
    if followup.progress is None or followup.kind in OF_NO_CADENCE:
        return None
    rules = facts.rules.get(vendor.pk, [])
    rule = next((rule for rule in rules if rule.timing.kind == followup.kind), None)
    if rule is None:
        return Finish(FollowUp.State.CANCELLED, Reason.TOUCH_REMOVED)
    timings = [each.timing for each in rules if each.to == rule.to]
    followup.offset = rule.timing.delay
    hours = hours_of(followup, vendor)
    due = due_times(timings, anchor=followup.anchor_at, hours=hours)[followup.kind]
    asked = followup.progress.snoozed_until
    if asked is not None and asked > due:
        due = into_window(asked, hours)
    return Hold(due, Reason.POLICY_CHANGED) if due > now else None


def _after_the_one_before(followup: FollowUp, facts: Facts, *, now: datetime) -> datetime | None:
    """The second reminder is measured from when the first was accepted, if that was late."""
    before = [one for one in facts.siblings.get(followup.progress_id or 0, []) if _precedes(one, followup)]
    if not before:
        return None
    last = max(before, key=lambda one: one.offset)
    left = _left_at(last, now=now)
    return left + (followup.offset - last.offset) if left is not None else None


def _precedes(one: Sibling, other: FollowUp) -> bool:
    same = (one.contact_id, one.member_id, one.episode) == (other.contact_id, other.member_id, other.episode)
    return same and one.offset < other.offset


def _left_at(one: Sibling, *, now: datetime) -> datetime | None:
    """When a reminder left, or will at the earliest; None if it never does."""
    if one.state == FollowUp.State.SCHEDULED:
        return max(now, one.due_at)
    if one.state != FollowUp.State.DECIDED or one.message_state is None:
        return None
    if one.message_state in (Message.State.ACCEPTED, Message.State.UNKNOWN):
        return one.message_finished_at
    return now if one.message_finished_at is None else None


def _check_caps(mailbox: Mailbox, facts: Facts, hours: Hours, *, now: datetime) -> Hold | None:
    """One a day, three a week. Joining a reminder that has not left yet is not one more."""
    pending, accepted = facts.pending.get(mailbox), facts.accepted.get(mailbox, [])
    if pending is not None:
        return None if pending.state == Message.State.READY else Hold(next_day(now, hours), Reason.DAILY_CAP)
    today = now.astimezone(hours.zone).date()
    if any(at.astimezone(hours.zone).date() == today for at in accepted):
        return Hold(next_day(now, hours), Reason.DAILY_CAP)
    if len(accepted) >= A_WEEK_AT_MOST:
        return Hold(into_window(max(accepted[-A_WEEK_AT_MOST] + WEEK, now + SOON), hours), Reason.WEEKLY_CAP)
    return None
