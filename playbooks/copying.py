"""A stage or a step of a draft once more, right behind it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from partners.models import User
from playbooks import undoing
from playbooks.editing import TooLong, first_position_after, free_key, locked_draft, record_change
from playbooks.models import Stage, Step
from playbooks.outline import LONGEST_LINE, MOST_STAGES, MOST_STEPS
from playbooks.texts import named_as_copy


@transaction.atomic
def copy_step(*, step: Step, count_before: int, by: User | None, now: datetime) -> Step:
    """The same step again, right behind it. ``count_before`` is how many the author saw in the version."""
    version = locked_draft(step.version)
    step = version.steps.select_related("stage").get(pk=step.pk)
    keys = set(version.steps.values_list("key", flat=True))
    behind = version.steps.filter(stage=step.stage_id, position=step.position + 1).first()
    texts = named_as_copy(step.texts, "title", longest=LONGEST_LINE)
    if len(keys) > count_before and behind is not None and behind.texts == texts:
        return behind
    if len(keys) >= MOST_STEPS:
        raise TooLong
    version.steps.filter(position__gt=step.position).update(position=F("position") + 1)
    copy = _copy(step, stage=step.stage, key=free_key(step.key, keys, "step"), position=step.position + 1)
    copy.texts = texts
    copy.save()
    record_change(version, "step_copied", copy, by=by, now=now, step=copy.key)
    return copy


def _copy(step: Step, *, stage: Stage, key: str, position: int) -> Step:
    """Not saved yet."""
    same = {field.attname: getattr(step, field.attname) for field in undoing.FIELDS}
    return Step(version_id=step.version_id, stage=stage, key=key, position=position, **same)


@transaction.atomic
def copy_stage(*, stage: Stage, count_before: int, by: User | None, now: datetime) -> Stage:
    """The same stage with its steps again, right behind it. ``count_before`` is how many stages the author saw."""
    version = locked_draft(stage.version)
    stages = list(version.stages.order_by("position"))
    stage = next(each for each in stages if each.pk == stage.pk)
    behind = next((each for each in stages if each.position == stage.position + 1), None)
    texts = named_as_copy(stage.texts, "title", longest=LONGEST_LINE)
    if len(stages) > count_before and behind is not None and behind.texts == texts:
        return behind
    steps = list(stage.steps.order_by("position"))
    keys = set(version.steps.values_list("key", flat=True))
    if len(stages) >= MOST_STAGES or len(keys) + len(steps) > MOST_STEPS:
        raise TooLong
    position = first_position_after(version, stage)
    version.stages.filter(position__gt=stage.position).update(position=F("position") + 1)
    version.steps.filter(position__gte=position).update(position=F("position") + len(steps))
    key = free_key(stage.key, {each.key for each in stages}, "stage")
    copy = Stage.objects.create(version=version, key=key, position=stage.position + 1, texts=texts)
    twins: dict[str, str] = {}
    for step in steps:
        keys.add(key := free_key(step.key, keys, "step"))
        twins[step.key] = key
    copies = []
    for place, step in enumerate(steps):
        # Within the stage, the copies need each other and ask each other.
        step.needs = [twins.get(key, key) for key in step.needs]
        step.condition = [
            {**test, "step": twins.get(test["step"], test["step"])} if "step" in test else test
            for test in step.condition
        ]
        if step.due.get("step") in twins:
            step.due = {**step.due, "step": twins[step.due["step"]]}
        copies.append(_copy(step, stage=copy, key=twins[step.key], position=position + place))
    Step.objects.bulk_create(copies)
    record_change(version, "stage_copied", copy, by=by, now=now, stage=copy.key)
    return copy
