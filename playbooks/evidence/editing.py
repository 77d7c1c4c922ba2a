"""Changing what a draft's step asks for. What is published is refused.

Each function locks the draft; the same change that arrives twice is made once.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners.models import User
from playbooks.editing import free_key, locked_draft, record_change
from playbooks.evidence.fields import MOST_FIELDS, Asked, Field, Texts
from playbooks.models import PlaybookVersion, Step
from playbooks.outline import tidy_field


class TooManyFields(Exception):
    """The step asks for as much as a step may ask for."""

    message = _("This step asks for as much as a step may ask for. Split the step before you add more.")


class FieldGone(LookupError):
    """Somebody else took the field out, while this one was open."""

    message = _("Somebody took this out meanwhile, so nothing was changed.")


class FieldSavedMeanwhile(Exception):
    """Somebody else saved a change of the field; ``current`` is what stands there now."""

    def __init__(self, current: Field) -> None:
        super().__init__()
        self.current = current


def fingerprint(field: Field) -> str:
    """What the field says, in a few letters: see ``playbooks.editing.fingerprint``."""
    return hashlib.sha256(json.dumps(field.as_json(), sort_keys=True).encode()).hexdigest()[:20]


@transaction.atomic
def add_field(*, step: Step, kind: str, texts: Texts, count_before: int, by: User | None, now: datetime) -> str:
    """The key of a new last field. ``count_before`` is how many the author saw: the same again is the same field."""
    version, step, fields = _locked(step)
    field = tidy_field(Field(key="", kind=kind, texts=texts), version.languages)
    same = (each for each in fields[count_before:] if (each.kind, each.texts) == (kind, field.texts))
    if (found := next(same, None)) is not None:
        return found.key
    if len(fields) >= MOST_FIELDS:
        raise TooManyFields
    label = next((words["label"] for words in field.texts.values() if "label" in words), "")
    field = replace(field, key=free_key(label, {each.key for each in fields}, kind))
    _write(version, step, [*fields, field], by=by, now=now)
    return field.key


@transaction.atomic
def save_field(*, step: Step, field: Field, seen: str, by: User | None, now: datetime) -> None:
    """``seen`` is the fingerprint of what the form was opened on. Raises ``FieldSavedMeanwhile`` and ``FieldGone``."""
    version, step, fields = _locked(step)
    place = _place(fields, field.key)
    field = tidy_field(field, version.languages)
    if field == fields[place]:
        return
    if seen != fingerprint(fields[place]):
        raise FieldSavedMeanwhile(fields[place])
    fields[place] = field
    _write(version, step, fields, by=by, now=now)


@transaction.atomic
def remove_field(*, step: Step, key: str, by: User | None, now: datetime) -> None:
    version, step, fields = _locked(step)
    kept = [field for field in fields if field.key != key]
    if len(kept) != len(fields):
        _write(version, step, kept, by=by, now=now)


@transaction.atomic
def place_field(*, step: Step, key: str, index: int, by: User | None, now: datetime) -> None:
    """Make the field the ``index``-th, from 0. Raises ``FieldGone``."""
    version, step, fields = _locked(step)
    moved = fields.pop(_place(fields, key))
    fields.insert(index, moved)
    if fields != list(Asked.of(step).fields):
        _write(version, step, fields, by=by, now=now)


@transaction.atomic
def set_pass_mark(*, step: Step, pass_mark: int, by: User | None, now: datetime) -> None:
    """How many questions must be right; 0: each that is answered."""
    version, step, _fields = _locked(step)
    if step.pass_mark != pass_mark:
        step.pass_mark = pass_mark
        step.save(update_fields=["pass_mark"])
        record_change(version, "step_saved", step, by=by, now=now, step=step.key, fields=["pass_mark"])


def _locked(step: Step) -> tuple[PlaybookVersion, Step, list[Field]]:
    version = locked_draft(step.version, step)
    step = version.steps.get(pk=step.pk)
    return version, step, list(Asked.of(step).fields)


def _place(fields: Sequence[Field], key: str) -> int:
    place = next((place for place, field in enumerate(fields) if field.key == key), None)
    if place is None:
        raise FieldGone
    return place


def _write(version: PlaybookVersion, step: Step, fields: Sequence[Field], *, by: User | None, now: datetime) -> None:
    asked: dict[str, Any] = {"evidence": [field.as_json() for field in fields]}
    if not Asked(tuple(fields)).questions:
        asked["pass_mark"] = 0
    for name, value in asked.items():
        setattr(step, name, value)
    step.save(update_fields=list(asked))
    record_change(version, "step_saved", step, by=by, now=now, step=step.key, fields=["evidence"])
