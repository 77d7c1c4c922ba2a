"""Partners who went over to another version of their playbook: a step may be for others there, or in another stage."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from followups.cadences.joining import join_open_steps
from followups.engine.cadences import cadences_of
from followups.engine.handing_on import hand_on
from followups.engine.levels import Level, Place
from followups.engine.planning import plan_anew
from followups.models import FollowUp
from partners.models import Vendor
from playbooks.models import Progress
from playbooks.models.step import Turn


def follow(*, vendor: Vendor, partner_ids: Collection[int], now: datetime) -> None:
    """What is planned for them follows where they stand now, and whom at the partner their steps are for there.

    Where no stage and no step has touches of its own, all of a playbook goes by the same ones: only what is for
    somebody else now is looked at anew. Else everything is, and what holds beyond it is planned.
    """
    planned = FollowUp.objects.of(vendor).filter(partner__in=partner_ids)
    cadences = cadences_of([vendor.pk])
    if vendor.pk not in cadences.narrow:
        hand_on(planned, now=now)
        return
    plan_anew(planned, now=now)
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
