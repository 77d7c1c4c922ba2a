"""Whom a cadence reaches: the steps for which none is nearer. And which one holds where it is taken away."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from followups.engine.cadences import Cadences, Rule
from followups.engine.levels import Level, Place
from followups.models import Cadence, FollowUp
from followups.models.followup import FollowUpQuerySet
from playbooks.models import Progress
from playbooks.models.progress import ProgressQuerySet


def steps_of(level: Level) -> ProgressQuerySet:
    """Steps of partners that this level is for, and none that is nearer."""
    there = Cadence.objects.filter(playbook=OuterRef("enrollment__playbook"))
    of_step = Q(step_key=OuterRef("step__key"))
    of_stage = Q(stage_key=OuterRef("step__stage__key"))
    steps = Progress.objects.filter(enrollment__vendor=level.vendor)
    if level.playbook is None:
        return steps.exclude(Exists(there.filter(of_step | of_stage | Q(stage_key="", step_key=""))))
    steps = steps.filter(enrollment__playbook=level.playbook)
    if level.step:
        return steps.filter(step__key=level.step)
    if level.stage:
        return steps.filter(step__stage__key=level.stage).exclude(Exists(there.filter(of_step)))
    return steps.exclude(Exists(there.filter(of_step | of_stage)))


def follow_ups_of(level: Level, cadences: Cadences) -> FollowUpQuerySet:
    """What is planned by this level; where a vendor has no other, that is everything."""
    theirs = FollowUp.objects.filter(vendor=level.vendor)
    if not any(other != level for other in cadences.rules if other.vendor == level.vendor):
        return theirs
    return theirs.filter(progress__in=steps_of(level).values("pk"))


class Heirs(NamedTuple):
    """Of the steps that a cadence reaches: these have these rules once it is gone."""

    steps: Q
    rules: Sequence[Rule]


def heirs_of(level: Level, cadences: Cadences) -> list[Heirs]:
    """Who is left to which wider cadence. A step may stand in one stage in one version, and elsewhere in another."""
    without = cadences.instead(level, None)
    if not level.step:
        return [Heirs(Q(), without.of(level.vendor, Place(level.playbook)))]
    stages = [each for each in without.rules if each[:2] == level[:2] and each.stage]
    others = ~Q(step__stage__key__in=[each.stage for each in stages])
    heirs = [Heirs(Q(step__stage__key=each.stage), without.rules[each]) for each in stages]
    return [*heirs, Heirs(others, without.of(level.vendor, Place(level.playbook)))]
