"""A draft comes into force: its touches, a new version of the policy, and the recompute, in one transaction."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from followups.cadences.drafting import COPIED, NoDraft
from followups.cadences.giving import give_up_own, touches_instead
from followups.cadences.replanning import Joining, come_into_force, for_heirs
from followups.engine.cadences import Cadences, Rule, cadences_of
from followups.engine.levels import Level
from followups.models import Cadence, Touch
from followups.models.cadence import TouchRule
from partners import auditing
from partners.models import User, Vendor


class ChangedMeanwhile(Exception):
    """The draft is another one than the page showed that publishes it."""


@dataclass(frozen=True)
class Changes:
    """What publishing a draft would change, as touches of either side."""

    added: list[TouchRule]
    changed: list[TouchRule]
    removed: list[TouchRule]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def changes_of(cadence: Cadence) -> Changes:
    in_force = {touch.kind: touch for touch in cadence.touches.filter(is_active=True)}
    if cadence.draft_inherits:
        return _changes(in_force, touches_instead(cadence, cadences_of([cadence.vendor_id])))
    return _changes(in_force, cadence.draft_touches.all())


def joining_by(cadence: Cadence, changes: Changes, cadences: Cadences, draft: Sequence[TouchRule]) -> list[Joining]:
    """What joins steps that are open, once the ``draft`` is published."""
    if cadence.draft_inherits:
        return for_heirs(Level.of(cadence), cadences)
    rules = [Rule.of(touch) for touch in draft]
    return [Joining(Rule.of(touch), rules) for touch in changes.added]


def fingerprint(cadence: Cadence, changes: Changes) -> str:
    """What publishing would do, in a few letters: a page that showed something else is told apart by it."""
    said = [
        [[touch.kind, *(str(getattr(touch, name)) for name in COPIED)] for touch in touches]
        for touches in (changes.added, changes.changed, changes.removed)
    ]
    return hashlib.sha256(json.dumps([cadence.draft_inherits, said]).encode()).hexdigest()[:20]


def _changes(in_force: Mapping[str, Touch], draft: Iterable[TouchRule]) -> Changes:
    draft = list(draft)
    staying = {touch.kind for touch in draft}
    return Changes(
        added=[touch for touch in draft if touch.kind not in in_force],
        changed=[touch for touch in draft if touch.kind in in_force and _differ(touch, in_force[touch.kind])],
        removed=[touch for kind, touch in in_force.items() if kind not in staying],
    )


def _differ(one: TouchRule, other: TouchRule) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in COPIED)


@transaction.atomic
def publish(*, cadence: Cadence, seen: str | None = None, by: User | None, now: datetime) -> bool:
    """The draft is in force from here on; says whether there was anything to change.

    Whom it reaches is looked at anew; a new touch joins the steps that are open already, where its time has not
    passed yet. ``seen`` is the fingerprint of what was looked at. Raises ``NoDraft`` and ``ChangedMeanwhile``.
    """
    vendor = Vendor.objects.select_for_update(no_key=True).get(pk=cadence.vendor_id)
    held = Cadence.objects.select_for_update(of=("self",)).select_related("playbook").filter(pk=cadence.pk).first()
    if held is None or not held.has_draft:
        raise NoDraft
    cadence = held
    cadence.vendor = vendor
    changes = changes_of(cadence)
    if seen is not None and seen != fingerprint(cadence, changes):
        raise ChangedMeanwhile
    if cadence.draft_inherits:
        return give_up_own(cadence=cadence, by=by, now=now)
    draft, cadences = list(cadence.draft_touches.all()), cadences_of([vendor.pk])
    cadence.draft_touches.all().delete()
    cadence.draft_since = None
    cadence.save(update_fields=["draft_since"])
    if not changes:
        return False
    cadence.touches.all().delete()
    Touch.objects.bulk_create(
        Touch(cadence=cadence, **{name: getattr(touch, name) for name in COPIED}) for touch in draft
    )
    told = {
        name: [touch.kind for touch in touches]
        for name, touches in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed))
    }
    auditing.record(vendor=vendor, action="cadence.published", subject=cadence, by=by, now=now, **told)
    joining = joining_by(cadence, changes, cadences, draft)
    come_into_force(vendor=vendor, level=Level.of(cadence), cadences=cadences, joining=joining, now=now)
    cadence.changed_at = now
    cadence.save(update_fields=["changed_at"])
    return True
