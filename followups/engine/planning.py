"""From what happens on a step to the follow-ups planned for it, in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from followups.engine.archiving import last_episodes
from followups.engine.cadences import (
    ANSWER,
    ASKED_FOR,
    NO_POLICY,
    NOTICES,
    OF_NO_CADENCE,
    Rule,
    Timing,
    cadences_of,
    due_times,
)
from followups.engine.crashing import crash_point
from followups.engine.levels import Level, Place, parts_of
from followups.engine.recipients import Recipient, find_recipient, find_recipients, recipient_at
from followups.engine.waiting import asked_by, only_answers
from followups.engine.waking import wake_on_commit
from followups.engine.writing import add_follow_ups
from followups.models import FollowUp, Touch
from followups.models.followup import FollowUpQuerySet
from partners.hours import hours_in, into_window, next_day, waking_hours_in, zone_of_contact
from partners.models import Contact, Vendor
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn

ASKED_TO_WAIT = (FollowUp.Reason.SNOOZED, FollowUp.Reason.SLOT)
AGAIN = Rule.made(ASKED_FOR, 0, Touch.Basis.ELAPSED, Touch.To.PARTNER, "", "", Touch.Channel.MAIL)


def plan(*, steps: Sequence[Progress], now: datetime) -> None:
    """Plan one follow-up for each touch that holds at the step, where it is the partner's turn.

    These are of one vendor and read with their steps; as many queries for a thousand as for one. A step that has
    follow-ups planned keeps them. One that had some and lost them, because it was the vendor's turn meanwhile, starts
    anew under the next episode.
    """
    theirs = {step.pk: step for step in steps if step.turn == Turn.PARTNER}
    reminders = FollowUp.objects.scheduled().exclude(kind__in=NOTICES)
    for planned in reminders.filter(progress__in=theirs).values_list("progress", flat=True):
        theirs.pop(planned, None)
    if not theirs:
        return
    [vendor] = {step.enrollment.vendor_id for step in theirs.values()}
    cadences, episodes = cadences_of([vendor]), _next_episodes(theirs)
    parts = parts_of(theirs) if vendor in cadences.narrow else {}
    together: defaultdict[tuple[Level, str, bool], list[Progress]] = defaultdict(list)
    for step in theirs.values():
        place = Place(step.enrollment.playbook_id, *parts.get(step.pk, ()))
        together[cadences.level(vendor, place), step.step.role, only_answers(step)].append(step)
    followups: list[FollowUp] = []
    for (level, role, is_answer), walking in together.items():
        rules = cadences.rules.get(level, ())
        followups += _planned_by(gently(rules) if is_answer else rules, walking, role, episodes, now=now)
    add_follow_ups(followups)
    crash_point("planned")


def gently(rules: Sequence[Rule]) -> list[Rule]:
    """For who only has to say yes or no, and has had a mail about it just now: of theirs by mail, the last alone."""
    mails = [rule for rule in rules if rule.is_mail]
    last = max(mails, key=lambda rule: rule.timing.delay, default=None)
    return [rule for rule in rules if rule is last or rule not in mails]


def _planned_by(
    rules: Sequence[Rule], steps: Sequence[Progress], role: str, episodes: Mapping[int, int], *, now: datetime
) -> Iterator[FollowUp]:
    """What these rules make of steps for a ``role`` that opened ``now``; the same hours make the same due times."""
    for audience in sorted({rule.audience(role) for rule in rules}):
        theirs = [rule for rule in rules if rule.audience(role) == audience]
        recipients = find_readers(steps, audience, is_named=any(rule.role for rule in theirs))
        hours = {recipient.hours for recipient in recipients.values()}
        due_in = {each: due_times((rule.timing for rule in theirs), anchor=now, hours=each) for each in hours}
        for step in steps:
            if to := recipients.get(step.pk):
                for rule in theirs:
                    due, episode = due_in[to.hours][rule.timing.kind], episodes[step.pk]
                    yield _follow_up(step, to, rule, anchor=now, due=due, episode=episode)


def find_readers(steps: Sequence[Progress], audience: tuple[str, str], *, is_named: bool) -> dict[int, Recipient]:
    """By step, the person that touches of this audience go to: who asked, where there is only something to answer.

    Not where the touch names a role itself.
    """
    found = find_recipients([step.enrollment.partner for step in steps], *audience)
    readers = {step.pk: found[step.enrollment.partner_id] for step in steps if step.enrollment.partner_id in found}
    if audience[0] != Touch.To.PARTNER or is_named:
        return readers
    partners = {step.pk: step.enrollment.partner for step in steps}
    for pk, contact in asked_by([step.pk for step in steps if only_answers(step)]).items():
        readers[pk] = recipient_at(partners[pk], contact, vendor=partners[pk].vendor)
    return readers


def plan_one(*, progress: Progress, rule: Rule, now: datetime) -> bool:
    """Plan one follow-up of no cadence, due at once; each time it counts anew. Says whether it has a reader."""
    recipient = find_recipient(progress.enrollment.partner, *rule.audience(progress.step.role))
    if recipient is None:
        return False
    before = last_episodes([progress.pk], kind=rule.timing.kind)
    episode = before[progress.pk] + 1 if before else 0
    _follow_up(progress, recipient, rule, anchor=now, due=now, episode=episode).save(force_insert=True)
    return True


def _follow_up(
    progress: Progress, to: Recipient, rule: Rule, *, anchor: datetime, due: datetime, episode: int
) -> FollowUp:
    enrollment = progress.enrollment
    return FollowUp(
        vendor_id=enrollment.vendor_id,
        partner_id=enrollment.partner_id,
        enrollment=enrollment,
        progress=progress,
        kind=rule.timing.kind,
        channel=rule.channel,
        episode=episode,
        contact=to.contact,
        member=to.member,
        anchor_at=anchor,
        offset=rule.timing.delay,
        time_zone=to.zone,
        policy_version=enrollment.partner.vendor.policy_version,
        due_at=due,
    )


def at_a_waking_hour(progress: Progress, contact: Contact, *, kind: str, episode: int = 0, now: datetime) -> FollowUp:
    """A mail of its own, due now or when the night is over where ``contact`` lives; not saved."""
    partner = progress.enrollment.partner
    zone = zone_of_contact(partner.vendor, contact, partner)
    hours = waking_hours_in(zone)
    due = into_window(now, hours)
    # The offset is what the night adds: the reminders after it count from now, not from the morning.
    to = Recipient(contact, None, zone, hours)
    rule = Rule(Touch.To.PARTNER, "", "", Touch.Channel.MAIL, Timing(kind, due - now, is_working=False))
    return _follow_up(progress, to, rule, anchor=now, due=due, episode=episode)


def next_episode(progress: Progress) -> int:
    """Of the follow-ups that are planned next for this step."""
    return _next_episodes([progress.pk])[progress.pk]


def _next_episodes(progress: Iterable[int]) -> dict[int, int]:
    """By step: 0 for one that never had a follow-up."""
    keys = list(progress)
    return dict.fromkeys(keys, 0) | {key: last + 1 for key, last in last_episodes(keys).items()}


def _planned(progress: Progress) -> QuerySet[FollowUp]:
    return FollowUp.objects.scheduled().filter(progress=progress)


def cancel_step(*, progress: Progress, reason: FollowUp.Reason, now: datetime) -> None:
    """Nothing more is sent about this step; what is being sent just now looks at the step once more itself."""
    _cancel(_planned(progress), reason, now=now)


def cancel_enrollment(*, enrollment: Enrollment, now: datetime) -> None:
    planned = FollowUp.objects.scheduled().filter(enrollment=enrollment)
    _cancel(planned, FollowUp.Reason.ENROLLMENT_ENDED, now=now)


def _cancel(planned: QuerySet[FollowUp], reason: FollowUp.Reason, *, now: datetime) -> None:
    planned.update(state=FollowUp.State.CANCELLED, reason=reason, finished_at=now)


def plan_anew(
    followups: FollowUpQuerySet, *, now: datetime, because: FollowUp.Reason = FollowUp.Reason.POLICY_CHANGED
) -> None:
    """Hours, days or a zone changed: the engine looks at these now and gives each its new time, batch by batch.

    Without a policy's version they count as planned under an older one. What somebody else holds is stepped over: it
    is being decided or ended, and is judged by the new rules when it falls due.
    """
    planned = followups.scheduled().filter(due_at__gt=now, progress__isnull=False).exclude(kind__in=OF_NO_CADENCE)
    if connection.features.has_select_for_update_skip_locked:
        planned = planned.select_for_update(skip_locked=True)
    pks = planned.order_by().values("pk")
    FollowUp.objects.filter(pk__in=pks).update(due_at=now, policy_version=NO_POLICY, reason=because)
    crash_point("planned-anew")
    wake_on_commit()


def snooze(
    *,
    progress: Progress,
    until: datetime,
    now: datetime,
    reason: FollowUp.Reason = FollowUp.Reason.SNOOZED,
    contact: Contact | None = None,
) -> None:
    """Move what is planned to ``until`` or after it, keeping the distance between touches; none is used up.

    Where none of it is for ``contact``, who asked, they still get the one reminder they asked for; without a contact
    whoever does the step gets it, when all were sent already. Who set a time aside has it in their calendar and asked
    for none.
    """
    if progress.turn != Turn.PARTNER:
        return
    partner = progress.enrollment.partner
    recipient = find_recipient(partner, *AGAIN.audience(progress.step.role))
    if contact is not None and contact.partner_id == partner.pk:
        recipient = recipient_at(partner, contact, vendor=partner.vendor)
    reminders = _planned(progress).exclude(kind=ANSWER)
    planned = list(reminders.select_for_update().order_by("due_at", "offset"))
    if planned:
        _move(planned, until, reason, vendor=partner.vendor, recipient=recipient)
    if recipient is None or reason != FollowUp.Reason.SNOOZED:
        return
    is_planned = any(one.contact_id == contact.pk for one in planned) if contact is not None else bool(planned)
    if not is_planned:
        due = into_window(until, recipient.hours)
        episode = _next_episodes([progress.pk])[progress.pk]
        _follow_up(progress, recipient, AGAIN, anchor=until, due=due, episode=episode).save(force_insert=True)


def wait_no_longer(*, progress: Progress, now: datetime) -> None:
    """The time that was set aside is taken back: what waited for it comes as planned, at the earliest tomorrow."""
    held = _planned(progress).filter(held=FollowUp.Reason.SLOT)
    waiting = list(held.select_for_update().order_by("due_at", "offset"))
    recipient = find_recipient(progress.enrollment.partner, *AGAIN.audience(progress.step.role))
    if waiting and recipient is not None:
        until = max(waiting[0].anchor_at + waiting[0].offset, next_day(now, recipient.hours))
        _move(waiting, until, "", vendor=progress.enrollment.partner.vendor, recipient=recipient)


def _move(
    planned: Sequence[FollowUp], until: datetime, reason: str, *, vendor: Vendor, recipient: Recipient | None
) -> None:
    country = recipient.hours.country if recipient else ""
    first = planned[0]
    for followup in planned:
        hours = hours_in(followup.time_zone, vendor=vendor, country=country)
        moved = into_window(until + (followup.offset - first.offset), hours)
        # Who put it off before may think of an earlier day; what is due later anyway is not hurried.
        if moved > followup.due_at or followup.held in ASKED_TO_WAIT or followup.kind == ASKED_FOR:
            followup.due_at = moved
            followup.reason = followup.held = reason
    FollowUp.objects.bulk_update(planned, ["due_at", "reason", "held"])
