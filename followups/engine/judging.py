"""What becomes of one due follow-up: sent, held or ended, and why. No query here; the facts come with it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from followups.engine.cadences import ANSWER, ASKED_FOR, NO_POLICY, NOTICES, OF_NO_CADENCE, OWN_MAILS, due_times
from followups.engine.facts import Due, Facts, MailboxKey, Person, Sibling
from followups.engine.pausing import LOOK_AGAIN
from followups.models import FollowUp, Message, Touch
from partners.hours import Hours, Terms, into_window, is_open, next_day
from partners.models import Partner, Vendor
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn

Reason = FollowUp.Reason
WEEK = timedelta(days=7)
A_WEEK_AT_MOST = 3
# A reminder that went out minutes after it fell due was not late; hours after, it was.
PUNCTUAL = timedelta(minutes=15)
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Finish:
    state: FollowUp.State
    reason: FollowUp.Reason


@dataclass(frozen=True, slots=True)
class Hold:
    until: datetime
    reason: FollowUp.Reason


@dataclass(frozen=True, slots=True)
class Send:
    mailbox: MailboxKey
    language: str
    day: date  # the recipient's
    hours: Hours
    kind: Message.Kind = Message.Kind.REMINDER
    channel: str = Touch.Channel.MAIL

    @property
    def is_alone(self) -> bool:
        """A mail of its own, which no cap counts."""
        return self.kind != Message.Kind.REMINDER


Verdict = Finish | Hold | Send


def judge(due: Due, facts: Facts, *, now: datetime) -> Verdict:
    """Check everything again at the moment of deciding.

    Writes onto ``due`` what it found to be current: recipient, zone and policy version.
    """
    ended = _ended(due)
    if ended is not None:
        return Finish(FollowUp.State.CANCELLED, ended)
    vendor = facts.vendors[due.vendor_id]
    if vendor.pk in facts.paused:
        return Hold(now + LOOK_AGAIN, Reason.PAUSED)
    planned_for = due.contact_id
    recipient = _recipient(due, facts)
    stale = _check_policy(due, facts, vendor, is_for_another=due.contact_id != planned_for, now=now)
    if stale is not None:
        return stale
    is_nobody_to_call = due.channel == Touch.Channel.CALL and due.contact_id is None
    if recipient is None or is_nobody_to_call:
        return Finish(FollowUp.State.CANCELLED, Reason.NO_ADDRESS)
    mailbox = (vendor.pk, recipient.email.lower())
    unwanted = _unwanted(due, mailbox, facts)
    if unwanted is not None:
        return Finish(FollowUp.State.SUPPRESSED, unwanted)
    hours = due.hours_in(vendor)
    timing = None if due.kind in NOTICES else _check_timing(due, facts, hours, now=now)
    held = timing or (_check_webhook(due, facts, now=now) if due.channel == Touch.Channel.WEBHOOK else None)
    if held is not None:
        return held
    if not _is_condition_met(due, facts):
        return Finish(FollowUp.State.CANCELLED, Reason.CONDITION_UNMET)
    capped = _check_caps(due, mailbox, facts, hours, now=now)
    today = now.astimezone(hours.zone).date()
    return capped or Send(mailbox, recipient.language or vendor.language, today, hours, _kind(due), due.channel)


def _kind(due: Due) -> Message.Kind:
    if due.channel != Touch.Channel.MAIL:
        return Message.Kind.TOUCH
    return OWN_MAILS.get(due.kind, Message.Kind.REMINDER)


def _unwanted(due: Due, mailbox: MailboxKey, facts: Facts) -> FollowUp.Reason | None:
    """What people choose is about mails; a note waits quietly until they look, and a call is a person's."""
    if due.channel != Touch.Channel.MAIL:
        return None
    if facts.wishes.want_nothing(mailbox):
        return Reason.ADDRESS_SUPPRESSED
    return Reason.NOT_WANTED if facts.wishes.want_none(mailbox, due.audience) else None


def _ended(due: Due) -> FollowUp.Reason | None:
    if due.enrollment_state is not None and due.enrollment_state != Enrollment.State.RUNNING:
        return Reason.ENROLLMENT_ENDED
    if due.partner_state == Partner.State.LEFT:
        return Reason.ENROLLMENT_ENDED
    if due.step_state in Progress.SETTLED:
        return Reason.STEP_SETTLED
    if due.kind in NOTICES:
        return None if due.step_state == Progress.State.STUCK else Reason.ANSWERED
    if due.kind == ANSWER and due.step_state == Progress.State.HANDED_OVER:
        return None  # each move of what is done for them takes the mails about those before with it
    if due.step_state is not None and due.turn != Turn.PARTNER:
        return Reason.NOT_PARTNERS_TURN
    return None


def _recipient(due: Due, facts: Facts) -> Person | None:
    """Who is to be written to: who has the role that it is for; a contact who left is followed by the primary one."""
    found = facts.reader(due) if due.follows_role else None
    if found is not None and found.pk != due.contact_id:
        due.contact_id, due.person, due.is_replanned = found.pk, found.person, True
    if due.person is None or due.person.left_at is None:
        return due.person
    if due.company_id not in facts.primaries:
        return None
    due.contact_id, due.person = facts.primaries[due.company_id]
    due.is_replanned = True
    return due.person


def _check_timing(due: Due, facts: Facts, hours: Hours, *, now: datetime) -> Hold | None:
    """Asked for later? Too close to the reminder before? At a wrong hour?"""
    if due.snoozed_until is not None and due.snoozed_until > now and due.kind != ANSWER:
        reason = Reason.SLOT if due.slot_at == due.snoozed_until else Reason.SNOOZED
        return Hold(into_window(due.snoozed_until, hours), reason)
    if due.channel == Touch.Channel.WEBHOOK:  # a machine has no hours, and no patience that two of them could try
        return None
    earliest = _after_the_one_before(due, facts, now=now)
    if earliest is not None and earliest > now + PUNCTUAL:
        return Hold(into_window(earliest, hours), Reason.FIRST_WAS_LATE)
    if not is_open(now, hours):
        return Hold(into_window(now, hours), Reason.OUTSIDE_WINDOW)
    return None


def _check_webhook(due: Due, facts: Facts, *, now: datetime) -> Finish | Hold | None:
    """Whether the vendor's own system can be told. While it is switched off, what falls due waits for it."""
    is_on = facts.webhooks.get(due.vendor_id)
    if is_on is None:
        return Finish(FollowUp.State.CANCELLED, Reason.NO_WEBHOOK)
    return None if is_on else Hold(now + LOOK_AGAIN, Reason.WEBHOOK_OFF)


def _check_policy(
    due: Due, facts: Facts, vendor: Vendor | Terms, *, is_for_another: bool, now: datetime
) -> Finish | Hold | None:
    """Plan anew what was planned for another zone or under another cadence."""
    zone = due.zone_in(vendor)
    is_by_this_policy = due.policy_version == vendor.policy_version
    if is_by_this_policy and due.time_zone == zone:
        return None
    is_handed_on = due.policy_version == NO_POLICY and due.because == Reason.HANDED_ON
    reason = Reason.HANDED_ON if is_handed_on or (is_by_this_policy and is_for_another) else Reason.POLICY_CHANGED
    due.policy_version, due.time_zone, due.is_replanned = vendor.policy_version, zone, True
    if due.progress_id is None or due.kind in OF_NO_CADENCE:
        return None
    place = facts.place(due)
    rules = facts.cadences.of(vendor.pk, place)
    rule = facts.cadences.rule(vendor.pk, place, due.kind)
    if rule is None:
        return Finish(FollowUp.State.CANCELLED, Reason.TOUCH_REMOVED)
    role = facts.roles.get(due.progress_id, "")
    timings = [each.timing for each in rules if each.audience(role) == rule.audience(role)]
    due.offset = rule.timing.delay
    hours = due.hours_in(vendor)
    at = due_times(timings, anchor=due.anchor_at, hours=hours)[due.kind]
    if due.snoozed_until is not None and due.snoozed_until > at:
        at = into_window(due.snoozed_until, hours)
    return Hold(at, reason) if at > now else None


def _is_condition_met(due: Due, facts: Facts) -> bool:
    """Looked at when it would be sent, and not before: what holds it back may outlast what it waits for."""
    rule = facts.cadences.rule(due.vendor_id, facts.place(due), due.kind) if facts.cadences.has_conditions else None
    if rule is None or not rule.condition:
        return True
    return (due.enrollment_id in facts.begun) == (rule.condition == Touch.Condition.SOMETHING_DONE)


def _after_the_one_before(due: Due, facts: Facts, *, now: datetime) -> datetime | None:
    """The second reminder is measured from when the first was accepted, if that was late."""
    before = [one for one in facts.siblings.get(due.progress_id or 0, []) if _precedes(one, due)]
    if not before:
        return None
    last = max(before, key=lambda one: one.offset)
    left = _left_at(last, now=now)
    return left + (due.offset - last.offset) if left is not None else None


def _precedes(one: Sibling, other: Due) -> bool:
    to = (other.channel, other.contact_id, other.member_id, other.episode)
    return (one.channel, one.contact_id, one.member_id, one.episode) == to and one.offset < other.offset


def _left_at(one: Sibling, *, now: datetime) -> datetime | None:
    """When a reminder left, or will at the earliest; None if it never does."""
    if one.state == FollowUp.State.SCHEDULED:
        return max(now, one.due_at)
    if one.state != FollowUp.State.DECIDED or one.message_state is None:
        return None
    if one.message_state in (Message.State.ACCEPTED, Message.State.UNKNOWN):
        return one.message_finished_at
    return now if one.message_finished_at is None else None


def _check_caps(due: Due, mailbox: MailboxKey, facts: Facts, hours: Hours, *, now: datetime) -> Hold | None:
    """Of mails one a day, three a week, or one where they asked for fewer; of reminders alone.

    Joining one that has not left yet is not one more.
    """
    if due.channel != Touch.Channel.MAIL or due.kind in OWN_MAILS:
        return None
    pending, accepted = facts.pending.get(mailbox), facts.accepted.get(mailbox, [])
    if pending is not None:
        return None if pending.state == Message.State.READY else Hold(next_day(now, hours), Reason.DAILY_CAP)
    if any(at.astimezone(hours.zone).date() == now.astimezone(hours.zone).date() for at in accepted):
        return Hold(next_day(now, hours), Reason.DAILY_CAP)
    is_rare = facts.wishes.want_fewer(mailbox, due.audience) and not _is_asked_for(due, facts)
    at_most, reason = (1, Reason.FEWER_WANTED) if is_rare else (A_WEEK_AT_MOST, Reason.WEEKLY_CAP)
    if len(accepted) >= at_most:
        return Hold(into_window(max(accepted[-at_most] + WEEK, now + SOON), hours), reason)
    return None


def _is_asked_for(due: Due, facts: Facts) -> bool:
    """“Remind me tomorrow”: a mail made for it, else the first of those that it moved; it comes when they asked.

    What somebody else asked for moves theirs too, and is not asked for by them.
    """
    if due.kind == ASKED_FOR:
        return True
    asked = due.snoozed_until
    if asked is None or asked == due.slot_at or due.audience != Touch.To.PARTNER:
        return False  # who set a time aside asked for no mail
    siblings = facts.siblings.get(due.progress_id or 0, [])
    return not any(
        _left_since(one, asked) if one.contact_id == due.contact_id else _is_made_for(one, asked) for one in siblings
    )


def _is_made_for(one: Sibling, asked: datetime) -> bool:
    """Whether it is the mail of who asked to be reminded then."""
    is_alive = one.state in (FollowUp.State.SCHEDULED, FollowUp.State.DECIDED)
    has_left_before = one.message_finished_at is not None and one.message_finished_at < asked
    return one.kind == ASKED_FOR and is_alive and not has_left_before


def _left_since(one: Sibling, asked: datetime) -> bool:
    is_mail = one.channel == Touch.Channel.MAIL and one.message_state in (Message.State.ACCEPTED, Message.State.UNKNOWN)
    return is_mail and one.message_finished_at is not None and one.message_finished_at >= asked
