"""Partners who went over to another version of their playbook: a step may stand in another stage there."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from followups.cadences.joining import join_open_steps
from followups.engine.cadences import cadences_of
from followups.engine.levels import Level, Place
from followups.engine.planning import plan_anew
from followups.models import FollowUp
from partners.models import Vendor
from playbooks.models import Progress
from playbooks.models.step import Turn


def follow(*, vendor: Vendor, partner_ids: Collection[int], now: datetime) -> None:
    """Look anew at what is planned for them, and plan what holds where they stand now.

    Nothing is to be done where no stage and no step has touches of its own: then all of a playbook goes by the same.
    """
    cadences = cadences_of([vendor.pk])
    if vendor.pk not in cadences.narrow:
        return
    plan_anew(FollowUp.objects.of(vendor).filter(partner__in=partner_ids), now=now)
    waiting = Progress.objects.in_play().filter(
        turn=Turn.PARTNER, enrollment__vendor=vendor, enrollment__partner__in=partner_ids
    )
    columns = ("pk", "enrollment__playbook_id", "step__stage__key", "step__key")
    together: defaultdict[Level, list[int]] = defaultdict(list)
    for pk, *place in waiting.values_list(*columns):
        together[cadences.level(vendor.pk, Place(*place))].append(pk)
    for level, pks in together.items():
        rules = cadences.rules.get(level, ())
        for rule in rules:
            steps = Progress.objects.filter(pk__in=pks)
            join_open_steps(vendor=vendor, steps=steps, rule=rule, among=rules, now=now)
