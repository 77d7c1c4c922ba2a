"""A draft comes into force: its touches, a new version of the policy, and the recompute, in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from followups.cadences.drafting import COPIED
from followups.cadences.joining import join_open_steps
from followups.engine.cadences import Rule, cadences_of
from followups.engine.planning import plan_anew
from followups.models import Cadence, FollowUp, Touch
from followups.models.cadence import TouchRule
from partners import auditing
from partners.models import User, Vendor


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
    return _changes(in_force, cadence.draft_touches.all())


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
def publish(*, cadence: Cadence, by: User | None, now: datetime) -> bool:
    """The draft is in force from here on; says whether there was anything to change. Twice does nothing twice.

    What is planned is looked at anew; a new touch joins the steps that are open already, where its time has not
    passed yet.
    """
    vendor = Vendor.objects.select_for_update(no_key=True).get(pk=cadence.vendor_id)
    cadence = Cadence.objects.select_for_update().get(pk=cadence.pk)
    if not cadence.has_draft:
        return False
    draft = list(cadence.draft_touches.all())
    changes = changes_of(cadence)
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
    come_into_force(vendor=vendor, cadence=cadence, added=[Rule.of(touch) for touch in changes.added], now=now)
    return True


@transaction.atomic
def give_up_own(*, cadence: Cadence, by: User | None, now: datetime) -> bool:
    """The playbook is under the standard cadence again; its own is gone. The standard one cannot be given up."""
    vendor = Vendor.objects.select_for_update(no_key=True).get(pk=cadence.vendor_id)
    own = Cadence.objects.select_for_update(of=("self",)).select_related("playbook").filter(pk=cadence.pk).first()
    if own is None or own.playbook_id is None:
        return False
    had = {touch.kind for touch in own.touches.filter(is_active=True)}
    standard = cadences_of([vendor.pk]).of(vendor.pk, None)
    auditing.record(vendor=vendor, action="cadence.own_given_up", subject=own.playbook, by=by, now=now)
    added = [rule for rule in standard if rule.timing.kind not in had]
    come_into_force(vendor=vendor, cadence=own, added=added, now=now)
    own.delete()
    return True


def come_into_force(*, vendor: Vendor, cadence: Cadence, added: Iterable[Rule], now: datetime) -> None:
    vendor.policy_version += 1
    vendor.save(update_fields=["policy_version"])
    plan_anew(FollowUp.objects.of(vendor), now=now)
    for rule in added:
        join_open_steps(vendor=vendor, playbook_id=cadence.playbook_id, rule=rule, now=now)
    cadence.changed_at = now
    cadence.save(update_fields=["changed_at"])
