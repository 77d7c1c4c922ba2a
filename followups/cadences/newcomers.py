"""What a partner who is accepted now would get in the first week of a playbook, if nobody did anything.

Nobody is accepted for it: an imagined partner in the vendor's own zone and country, with a sponsor and a manager, is
judged as a real one would be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from django.db.models import Q

from followups.cadences.rehearsing import AHEAD, Line, Play
from followups.cadences.saying import Titles, audience_in_words, way_in_words
from followups.cadences.telling import PILLS, Told, by_day, planned_by, why
from followups.engine.cadences import WELCOME, Rule, cadences_of, due_times
from followups.engine.facts import Due, Facts, Person
from followups.engine.levels import Place
from followups.engine.pausing import paused_among
from followups.engine.webhooks import webhooks_among
from followups.engine.wishes import Wishes
from followups.models import Touch
from partners.hours import hours_in, into_window, waking_hours_in, zone_name
from partners.models import Contact, Partner, Vendor
from playbooks.models import Enrollment, PlaybookVersion, Progress, Step
from playbooks.models.step import Turn

IMAGINED = -1
PARTNER = (Touch.To.PARTNER.value, "")
AUDIENCES = [*((to, "") for to in Touch.To.values), *((PARTNER[0], role) for role in Contact.Role.values)]


@dataclass(frozen=True)
class FirstWeek:
    """For the page on which a playbook is published."""

    template = "followups/cadences/newcomer.html"
    step: str
    is_first: bool  # whether nothing comes before it that is for every partner
    days: list[tuple[object, list[Told]]]


def first_week(*, version: PlaybookVersion, language: str, now: datetime) -> FirstWeek | None:
    """Of the first step that is every partner's, else of one for some alone; None where nothing is the partner's."""
    there = Step.objects.filter(version=version).select_related("stage").order_by("position")
    theirs, for_all = there.filter(who=Turn.PARTNER), Q(condition=[])
    step = theirs.filter(for_all).first() or theirs.first()
    if step is None:
        return None
    is_first = not there.filter(for_all, position__lt=step.position).exists()
    vendor = version.playbook.vendor
    cadences = cadences_of([vendor.pk])
    place = Place.of(version.playbook_id, step)
    dues = list(_dues(version, vendor, cadences.of(vendor.pk, place), step.role, now=now))
    facts = Facts(
        vendors={vendor.pk: vendor},
        cadences=cadences,
        siblings={},
        primaries={},
        wishes=Wishes(),
        accepted={},
        pending={},
        paused=paused_among([vendor.pk]),
        parts={IMAGINED: (step.stage.key, step.key)},
        roles={IMAGINED: step.role},
        webhooks=webhooks_among([vendor.pk]),
    )
    lines = Play([due for due, _to in dues], facts, vendor, now=now, until=now + AHEAD).run()
    to = {due.pk: words for due, words in dues}
    titles = Titles.of(version, step, language)
    told = [_told(line, to[line.due.pk], facts, vendor, titles) for line in lines]
    return FirstWeek(step=step.title(language), is_first=is_first, days=by_day(told))


def _told(line: Line, to: str, facts: Facts, vendor: Vendor, titles: Titles) -> Told:
    reasons = why(line, planned_by(line.due, facts), vendor, titles)
    return Told(line.at, "", None, to, "", str(line.fate.label), PILLS[line.fate], reasons)


def _dues(
    version: PlaybookVersion, vendor: Vendor, rules: Sequence[Rule], role: str, *, now: datetime
) -> Iterator[tuple[Due, str]]:
    zone = zone_name(vendor)
    keys = count(1)
    welcome = into_window(now, waking_hours_in(zone))
    yield (
        _due(next(keys), version, vendor, WELCOME, welcome - now, welcome, PARTNER, now=now),
        audience_in_words(*PARTNER),
    )
    hours = hours_in(zone, vendor=vendor)
    for audience in sorted({rule.audience(role) for rule in rules}):
        theirs = [rule for rule in rules if rule.audience(role) == audience]
        due_at = due_times((rule.timing for rule in theirs), anchor=now, hours=hours)
        for rule in theirs:
            kind, delay = rule.timing.kind, rule.timing.delay
            due = _due(next(keys), version, vendor, kind, delay, due_at[kind], audience, now=now)
            due.channel = rule.channel
            yield due, " · ".join(filter(None, [audience_in_words(*audience), way_in_words(rule.channel)]))


def _due(
    pk: int,
    version: PlaybookVersion,
    vendor: Vendor,
    kind: str,
    offset: timedelta,
    due_at: datetime,
    audience: Sequence[str],
    *,
    now: datetime,
) -> Due:
    to, role = audience
    reader = f"{to}.{role}@imagined.example"
    return Due(
        pk=pk,
        vendor_id=vendor.pk,
        progress_id=IMAGINED,
        kind=kind,
        episode=0,
        contact_id=IMAGINED - AUDIENCES.index((to, role)),  # one person each
        member_id=None,
        anchor_at=now,
        offset=offset,
        time_zone=zone_name(vendor),
        policy_version=vendor.policy_version,
        due_at=due_at,
        partner_state=Partner.State.ACCEPTED,
        enrollment_state=Enrollment.State.RUNNING,
        step_state=Progress.State.OPEN,
        turn=Turn.PARTNER,
        snoozed_until=None,
        slot_at=None,
        enrollment_id=IMAGINED,
        playbook_id=version.playbook_id,
        partner_id=IMAGINED,
        channel=Touch.Channel.MAIL,
        because="",
        company_id=None if to == Touch.To.SPONSOR else IMAGINED,
        is_primary=True,
        person=Person(reader, None, vendor.language, (), vendor.country),
    )
