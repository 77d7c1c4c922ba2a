"""Changing when a draft's step comes. What is published is refused."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from partners.models import User
from playbooks.editing import locked_draft, record_change
from playbooks.models import Step
from playbooks.paths.conditions import Test
from playbooks.paths.due import Due


@dataclass(frozen=True)
class Path:
    """All of it together, as a form says it."""

    needs: Sequence[str] = ()
    condition: Sequence[Test] = ()
    due: Due | None = None


class PathSavedMeanwhile(Exception):
    """Somebody else saved a change since the form was opened; ``current`` is the step as it is now."""

    def __init__(self, current: Step) -> None:
        super().__init__()
        self.current = current


def fingerprint(step: Step) -> str:
    """What the form was opened on, in a few letters: see ``playbooks.editing.fingerprint``."""
    said = json.dumps({"needs": step.needs, "condition": step.condition, "due": step.due}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


@transaction.atomic
def save_path(*, step: Step, path: Path, seen: str, by: User | None, now: datetime) -> None:
    """Saving the same again changes nothing. Raises ``PathSavedMeanwhile``."""
    version = locked_draft(step.version, step)
    step = version.steps.get(pk=step.pk)
    before = fingerprint(step)
    step.needs = list(path.needs)
    step.condition = [test.as_json() for test in path.condition]
    step.due = path.due.as_json() if path.due else {}
    if fingerprint(step) == before:
        return
    if seen != before:
        raise PathSavedMeanwhile(version.steps.select_related("stage", "version__playbook").get(pk=step.pk))
    step.save(update_fields=["needs", "condition", "due"])
    record_change(version, "step_saved", step, by=by, now=now, step=step.key)
