"""What is planned follows a cadence that came into force, in the same transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from followups.cadences.joining import join_open_steps
from followups.cadences.reaching import follow_ups_of, heirs_of, steps_of
from followups.engine.cadences import Cadences, Rule
from followups.engine.levels import Level
from followups.engine.planning import plan_anew
from partners.models import Vendor


class Joining(NamedTuple):
    """A touch that was not there before, among all that hold then, and for which of the steps that are reached."""

    rule: Rule
    among: Sequence[Rule]
    steps: Q = Q()


def for_heirs(level: Level, cadences: Cadences) -> list[Joining]:
    """What joins once this cadence is gone: what the wider ones have beyond it."""
    had = {rule.timing.kind for rule in cadences.rules.get(level, ())}
    return [
        Joining(rule, heirs.rules, heirs.steps)
        for heirs in heirs_of(level, cadences)
        for rule in heirs.rules
        if rule.timing.kind not in had
    ]


@transaction.atomic
def come_into_force(
    *, vendor: Vendor, level: Level, cadences: Cadences, joining: Iterable[Joining], now: datetime
) -> None:
    """Whom the level reaches is looked at anew. ``cadences`` are those of before; to be called while the level stands.

    What others have planned is not touched: it falls due when it would, and is found to be as it should be then.
    """
    vendor.policy_version += 1
    vendor.save(update_fields=["policy_version"])
    plan_anew(follow_ups_of(level, cadences), now=now)
    for rule, among, those in joining:
        join_open_steps(vendor=vendor, steps=steps_of(level).filter(those), rule=rule, among=among, now=now)
