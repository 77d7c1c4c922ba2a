"""Changing when a draft's step comes. What is published is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from partners.models import User
from playbooks.editing import locked_draft, record_change
from playbooks.merging import Fields, Others, as_seen, by_writer, differing, last_writers, merge
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
    """Somebody else changed the same since the form was opened; ``current`` is the step as it is now.

    ``seen`` goes into the form that shows both: what somebody else alone changed is kept then too.
    """

    def __init__(self, current: Step, seen: str) -> None:
        super().__init__()
        self.current, self.seen = current, seen


def fingerprint(step: Step) -> str:
    """What the form was opened on, in a few letters: see ``playbooks.merging``."""
    return as_seen(_fields_of(step))


def _fields_of(step: Step) -> Fields:
    return {"needs": step.needs, "condition": step.condition, "due": step.due}


@transaction.atomic
def save_path(*, step: Step, path: Path, seen: str, by: User | None, now: datetime) -> tuple[Others, ...]:
    """What somebody else changed meanwhile, and is kept. Saving the same again changes nothing.

    Raises ``PathSavedMeanwhile`` where both changed the same.
    """
    version = locked_draft(step.version, step)
    step = version.steps.select_related("stage", "version__playbook").get(pk=step.pk)
    current = _fields_of(step)
    mine = {
        "needs": list(path.needs),
        "condition": [test.as_json() for test in path.condition],
        "due": path.due.as_json() if path.due else {},
    }
    merged = merge(mine, current, seen=seen)
    if merged.torn:
        raise PathSavedMeanwhile(step, as_seen(current | {name: mine[name] for name in merged.kept}))
    if changed := differing(current, merged.fields):
        for name, value in merged.fields.items():
            setattr(step, name, value)
        step.save(update_fields=list(merged.fields))
        record_change(version, "step_saved", step, by=by, now=now, step=step.key, fields=changed)
    return by_writer(merged.kept, last_writers(step, merged.kept)) if merged.kept else ()
