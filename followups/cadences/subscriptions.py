"""What this part answers when the floor below asks."""

from collections.abc import Collection
from datetime import datetime

from followups.cadences import upgraded
from followups.cadences.newcomers import FirstWeek, first_week
from followups.cadences.trees import OfStep, of_step
from partners.models import Vendor
from playbooks.models import PlaybookVersion, Step
from playbooks.signals import enrollments_upgraded, publishing_shown, step_form_shown


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    publishing_shown.connect(_first_week, dispatch_uid="followups.first_week")
    step_form_shown.connect(_of_step, dispatch_uid="followups.of_step")
    enrollments_upgraded.connect(_follow_upgrade, dispatch_uid="followups.follow_upgrade")


def _first_week(*, version: PlaybookVersion, language: str, now: datetime, **_: object) -> FirstWeek | None:
    return first_week(version=version, language=language, now=now)


def _of_step(*, step: Step, **_: object) -> OfStep:
    return of_step(step)


def _follow_upgrade(*, vendor: Vendor, partner_ids: Collection[int], now: datetime, **_: object) -> None:
    upgraded.follow(vendor=vendor, partner_ids=partner_ids, now=now)
