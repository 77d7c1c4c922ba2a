"""What this part answers when the floor below asks."""

from datetime import datetime

from followups.cadences.newcomers import FirstWeek, first_week
from followups.cadences.trees import OfStep, of_step
from playbooks.models import PlaybookVersion, Step
from playbooks.signals import publishing_shown, step_form_shown


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    publishing_shown.connect(_first_week, dispatch_uid="followups.first_week")
    step_form_shown.connect(_of_step, dispatch_uid="followups.of_step")


def _first_week(*, version: PlaybookVersion, language: str, now: datetime, **_: object) -> FirstWeek | None:
    return first_week(version=version, language=language, now=now)


def _of_step(*, step: Step, **_: object) -> OfStep:
    return of_step(step)
