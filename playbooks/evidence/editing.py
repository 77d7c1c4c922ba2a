"""Changing what a draft's step asks for: see ``playbooks.parts``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners.models import User
from playbooks.editing import locked_draft, record_change
from playbooks.evidence.fields import MOST_FIELDS, Asked, Field
from playbooks.models import Step
from playbooks.outline import tidy_field
from playbooks.parts import Parts


def _columns(fields: Sequence[Field]) -> dict[str, Any]:
    columns: dict[str, Any] = {"evidence": [field.as_json() for field in fields]}
    return columns if Asked(tuple(fields)).questions else {**columns, "pass_mark": 0}


EVIDENCE: Final = Parts[Field](
    column="evidence",
    most=MOST_FIELDS,
    too_many=_("This step asks for as much as a step may ask for. Split the step before you add more."),
    read=lambda step: Asked.of(step).fields,
    tidy=tidy_field,
    columns=_columns,
)


@transaction.atomic
def set_pass_mark(*, step: Step, pass_mark: int, by: User | None, now: datetime) -> None:
    """How many questions must be right; 0: each that is answered."""
    version = locked_draft(step.version, step)
    step = version.steps.get(pk=step.pk)
    if step.pass_mark != pass_mark:
        step.pass_mark = pass_mark
        step.save(update_fields=["pass_mark"])
        record_change(version, "step_saved", step, by=by, now=now, step=step.key, fields=["pass_mark"])
