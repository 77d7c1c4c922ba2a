"""Touches of its own for a playbook, a stage or a step; and back to what is sent around it."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from followups.cadences.drafting import COPIED, NoDraft
from followups.cadences.reaching import heirs_of, steps_of
from followups.cadences.replanning import Joining, come_into_force, for_heirs
from followups.engine.cadences import Cadences, Rule, cadences_of, make_default_cadence
from followups.engine.levels import Level, Place, nearest
from followups.models import Cadence, Touch
from partners import auditing
from partners.models import User, Vendor
from playbooks.models import Playbook, Step


@transaction.atomic
def give_own(*, playbook: Playbook, stage: str = "", step: str = "", by: User | None, now: datetime) -> Cadence:
    """A cadence of its own for ``playbook``, or for its stage or step with that key. Twice does it once.

    At first it is a copy of what holds there, so that nothing changes.
    """
    vendor = Vendor.objects.select_for_update(no_key=True).get(pk=playbook.vendor_id)
    make_default_cadence(vendor=vendor, now=now)
    level = Level(vendor.pk, playbook.pk, "" if step else stage, step)
    before = cadences_of([vendor.pk])
    made_now = {"vendor": vendor, "changed_at": now, "made_at": now}
    own, made = Cadence.objects.get_or_create(
        playbook=playbook, stage_key=level.stage, step_key=level.step, defaults=made_now
    )
    if not made:
        return own
    copied = touches_at(vendor, before, place_of(own))
    Touch.objects.bulk_create(
        Touch(cadence=own, is_active=touch.is_active, **{name: getattr(touch, name) for name in COPIED})
        for touch in copied
    )
    auditing.record(vendor=vendor, action="cadence.own", subject=own, by=by, now=now)
    _take_from_other_stages(vendor, level, before, [Rule.of(touch) for touch in copied if touch.is_active], now=now)
    return own


def _take_from_other_stages(
    vendor: Vendor, level: Level, before: Cadences, rules: list[Rule], *, now: datetime
) -> None:
    """In an older version the step may stand in a stage with other touches; there something does change."""
    others = [
        each
        for each in heirs_of(level, before)
        if list(each.rules) != rules and steps_of(level).filter(each.steps).exists()
    ]
    if not others:
        return
    joining = [
        Joining(rule, rules, each.steps)
        for each in others
        for rule in rules
        if rule.timing.kind not in {had.timing.kind for had in each.rules}
    ]
    come_into_force(vendor=vendor, level=level, cadences=before, joining=joining, now=now)


@transaction.atomic
def inherit_again(*, cadence: Cadence, by: User | None, now: datetime) -> bool:
    """A draft in which this cadence is gone, instead of any other draft of it; says whether it can be.

    The standard one stays.
    """
    cadence = Cadence.objects.select_for_update(of=("self",)).select_related("vendor", "playbook").get(pk=cadence.pk)
    if cadence.playbook_id is None:
        return False
    cadence.draft_touches.all().delete()
    cadence.draft_since, cadence.draft_inherits = cadence.draft_since or now, True
    cadence.save(update_fields=["draft_since", "draft_inherits"])
    auditing.record(vendor=cadence.vendor, action="cadence.inherits_again", subject=cadence, by=by, now=now)
    return True


@transaction.atomic
def send_nothing(*, cadence: Cadence, by: User | None, now: datetime) -> None:
    """Take every touch out of the draft: nothing is to be sent there. Raises ``NoDraft``."""
    cadence = Cadence.objects.select_for_update(of=("self",)).select_related("vendor", "playbook").get(pk=cadence.pk)
    if not cadence.has_draft:
        raise NoDraft
    cadence.draft_touches.all().delete()
    cadence.draft_inherits = False
    cadence.save(update_fields=["draft_inherits"])
    auditing.record(vendor=cadence.vendor, action="cadence.sends_nothing", subject=cadence, by=by, now=now)


@transaction.atomic
def give_up_own(*, cadence: Cadence, by: User | None, now: datetime) -> bool:
    """Its own touches are gone, and those of the next wider cadence hold again. The standard one cannot be given up."""
    vendor = Vendor.objects.select_for_update(no_key=True).get(pk=cadence.vendor_id)
    own = Cadence.objects.select_for_update(of=("self",)).select_related("playbook").filter(pk=cadence.pk).first()
    if own is None or own.playbook_id is None:
        return False
    level, cadences = Level.of(own), cadences_of([vendor.pk])
    auditing.record(vendor=vendor, action="cadence.own_given_up", subject=own, by=by, now=now)
    come_into_force(vendor=vendor, level=level, cadences=cadences, joining=for_heirs(level, cadences), now=now)
    own.delete()
    return True


def place_of(cadence: Cadence) -> Place:
    """Where it stands in the newest version that has it."""
    stage = cadence.stage_key
    if cadence.step_key:
        found = Step.objects.filter(version__playbook=cadence.playbook_id, key=cadence.step_key)
        newest = found.order_by("-version__state", "-version__number")  # what is published, then a draft
        stage = newest.values_list("stage__key", flat=True).first() or ""
    return Place(cadence.playbook_id, stage, cadence.step_key)


def touches_at(vendor: Vendor, cadences: Cadences, place: Place) -> QuerySet[Touch]:
    """The touches that hold there by these cadences."""
    level = nearest(cadences.rules, vendor.pk, place)
    return Touch.objects.filter(
        cadence__vendor=vendor,
        cadence__playbook=level.playbook,
        cadence__stage_key=level.stage,
        cadence__step_key=level.step,
    )


def touches_instead(cadence: Cadence, cadences: Cadences) -> QuerySet[Touch]:
    """What holds where it stands, once it is gone."""
    without = cadences.instead(Level.of(cadence), None)
    return touches_at(cadence.vendor, without, place_of(cadence)).filter(is_active=True)
