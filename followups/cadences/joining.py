"""A new touch joins the steps that are open already, where its time has not passed yet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from followups.engine.cadences import NO_POLICY, Rule
from followups.engine.planning import find_readers, gently
from followups.engine.recipients import Recipient
from followups.engine.waiting import only_answers
from followups.engine.waking import wake_on_commit
from followups.models import FollowUp, Touch
from partners.models import Partner, Vendor
from playbooks.models import Enrollment, Progress
from playbooks.models.progress import ProgressQuerySet
from playbooks.models.step import Turn

BATCH = 500


def join_open_steps(
    *, vendor: Vendor, steps: ProgressQuerySet, rule: Rule, among: Sequence[Rule], now: datetime
) -> None:
    """Plan ``rule`` for whoever waits at one of these steps; as many queries for 500 of them as for one.

    ``among`` are all the rules that hold at these steps from now on.

    The engine looks at them now and gives each its time. What had been called off because the cadence had no such
    touch for a while is planned again.
    """
    last = 0
    waiting = still_open(steps, rule=rule, now=now).order_by("pk")
    while found := list(waiting.filter(pk__gt=last)[:BATCH]):
        joining = follow_ups_for(found, vendor=vendor, rule=rule, among=among, now=now)
        _plan_again(joining, now=now)
        FollowUp.objects.bulk_create(joining, ignore_conflicts=True)
        last = found[-1].pk
    wake_on_commit()


def _plan_again(joining: Sequence[FollowUp], *, now: datetime) -> None:
    """Of these, what was called off with its touch: the same rows, since each stands once in an episode."""
    if not joining:
        return
    episodes = {each.progress_id: each.episode for each in joining}
    called_off = FollowUp.objects.filter(
        progress__in=episodes,
        kind=joining[0].kind,
        state=FollowUp.State.CANCELLED,
        reason=FollowUp.Reason.TOUCH_REMOVED,
    ).select_for_update()
    again = [
        pk for pk, step, episode in called_off.values_list("pk", "progress", "episode") if episodes[step] == episode
    ]
    FollowUp.objects.filter(pk__in=again).update(
        state=FollowUp.State.SCHEDULED, reason="", finished_at=None, due_at=now, policy_version=NO_POLICY
    )


def still_open(steps: ProgressQuerySet, *, rule: Rule, now: datetime) -> ProgressQuerySet:
    """Of these, the ones that wait for the partner since less than the touch's delay."""
    waiting = steps.in_play().filter(
        turn=Turn.PARTNER,
        turn_since__gt=now - rule.timing.delay,
        enrollment__state=Enrollment.State.RUNNING,
        enrollment__partner__state=Partner.State.ACCEPTED,
    )
    return waiting.select_related("enrollment__partner__sponsor", "step")


def follow_ups_for(
    steps: Sequence[Progress], *, vendor: Vendor, rule: Rule, among: Sequence[Rule], now: datetime
) -> list[FollowUp]:
    """One follow-up for each step that has somebody to go to, and needs one more mail; not saved."""
    episodes = _episodes(steps)
    steps = _without_reminded(steps, rule, among, episodes)
    partners = [step.enrollment.partner for step in steps]
    for partner in partners:
        partner.vendor = vendor
    readers: dict[int, Recipient] = {}
    for role in sorted({step.step.role for step in steps}):
        theirs = [step for step in steps if step.step.role == role]
        readers |= find_readers(theirs, rule.audience(role), is_named=bool(rule.role))
    return [
        _follow_up(step, to, rule, vendor, episode=episodes.get(step.pk, 0), now=now)
        for step in steps
        if (to := readers.get(step.pk)) is not None
    ]


def _without_reminded(
    steps: Sequence[Progress], rule: Rule, among: Sequence[Rule], episodes: Mapping[int, int]
) -> list[Progress]:
    """Who only has to answer gets one mail of all these rules: the last, and none where one is planned or has left."""
    answering = [step.pk for step in steps if only_answers(step)] if rule.is_mail else []
    if not answering:
        return list(steps)
    reminded = set(answering)
    if rule in gently(among):
        mails = FollowUp.objects.filter(
            progress__in=answering,
            kind__in=[each.timing.kind for each in among if each.is_mail],
            state__in=(FollowUp.State.SCHEDULED, FollowUp.State.DECIDED),
        )
        rows = mails.values_list("progress", "episode")
        reminded = {step for step, episode in rows if episode == episodes[step]}
    return [step for step in steps if step.pk not in reminded]


def _follow_up(step: Progress, to: Recipient, rule: Rule, vendor: Vendor, *, episode: int, now: datetime) -> FollowUp:
    partner = step.enrollment.partner
    if to.contact is not None:
        to.contact.partner = partner.sponsor if rule.to == Touch.To.SPONSOR and partner.sponsor else partner
    return FollowUp(
        vendor=vendor,
        partner=partner,
        enrollment=step.enrollment,
        progress=step,
        kind=rule.timing.kind,
        channel=rule.channel,
        episode=episode,
        contact=to.contact,
        member=to.member,
        anchor_at=step.turn_since or now,  # who is in play has a turn: a constraint says so
        offset=rule.timing.delay,
        time_zone=to.zone,
        policy_version=NO_POLICY,
        due_at=now,
    )


def _episodes(steps: Collection[Progress]) -> dict[int, int]:
    """The current episode of each step: that of the touches it is planned with already."""
    rows = FollowUp.objects.filter(progress__in=[step.pk for step in steps]).order_by().values("progress")
    return dict(rows.annotate(last=Max("episode")).values_list("progress", "last"))
