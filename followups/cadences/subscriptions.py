"""What this part answers when the floor below asks."""

from datetime import datetime

from followups.cadences.newcomers import FirstWeek, first_week
from playbooks.models import PlaybookVersion
from playbooks.signals import publishing_shown


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    publishing_shown.connect(_first_week, dispatch_uid="followups.first_week")


def _first_week(*, version: PlaybookVersion, language: str, now: datetime, **_: object) -> FirstWeek | None:
    return first_week(version=version, language=language, now=now)
