"""Changing what stands in a list in a draft's step: the fields it asks for, and its resources.

Each function locks the draft, and the same change that arrives twice is made once. What is published is refused.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.models import User
from playbooks.editing import free_key, locked_draft, record_change
from playbooks.models import PlaybookVersion, Step


class TooMany(Exception):
    """The step has as many as a step may have; it says, as a text, what to do."""


class Gone(LookupError):
    """Somebody else took it out, while it was open."""

    message = _("Somebody took this out meanwhile, so nothing was changed.")


class SavedMeanwhile(Exception):
    """Somebody else saved a change of it, after the form was opened."""


class Part(Protocol):
    """A frozen dataclass, known by its key within the step; its texts by language have a ``label``."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def texts(self) -> Mapping[str, Mapping[str, str]]: ...
    def as_json(self) -> dict[str, Any]: ...


P = TypeVar("P", bound=Part)


def fingerprint(part: Part) -> str:
    """What it says, in a few letters: see ``playbooks.editing.fingerprint``."""
    return hashlib.sha256(json.dumps(part.as_json(), sort_keys=True).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Parts(Generic[P]):
    """A list of a step, in the ``column`` that ``columns`` writes, where others may hang on it."""

    column: str
    most: int
    too_many: Promise | str
    read: Callable[[Step], Sequence[P]]
    tidy: Callable[[P, Sequence[str]], P]
    columns: Callable[[Sequence[P]], dict[str, Any]]

    @transaction.atomic
    def add(self, part: P, *, step: Step, count_before: int, by: User | None, now: datetime) -> str:
        """The key of a new last one. ``count_before`` is how many the author saw: the same again is the same one."""
        version, step, found = self._locked(step)
        part = self.tidy(part, version.languages)
        same = (each for each in found[count_before:] if (each.kind, each.texts) == (part.kind, part.texts))
        if (twin := next(same, None)) is not None:
            return twin.key
        if len(found) >= self.most:
            raise TooMany(str(self.too_many))
        label = next((words["label"] for words in part.texts.values() if "label" in words), "")
        part = replace(part, key=free_key(label, {each.key for each in found}, part.kind))
        self._write(version, step, [*found, part], by=by, now=now)
        return part.key

    @transaction.atomic
    def save(
        self,
        part: P,
        *,
        step: Step,
        seen: str,
        by: User | None,
        now: datetime,
        complete: Callable[[PlaybookVersion, P], P] | None = None,
    ) -> P:
        """The part as it is stored. ``seen`` is the fingerprint of what the form was opened on; ``complete`` adds what
        is kept apart, such as files, once nothing speaks against it. Raises ``SavedMeanwhile`` and ``Gone``.
        """
        version, step, found = self._locked(step)
        place = _place(found, part.key)
        part = self.tidy(part, version.languages)
        if seen != fingerprint(found[place]) and (complete or part != found[place]):
            raise SavedMeanwhile
        if complete:
            part = self.tidy(complete(version, part), version.languages)
        if part != found[place]:
            found[place] = part
            self._write(version, step, found, by=by, now=now)
        return part

    @transaction.atomic
    def remove(self, key: str, *, step: Step, by: User | None, now: datetime) -> None:
        version, step, found = self._locked(step)
        kept = [each for each in found if each.key != key]
        if len(kept) != len(found):
            self._write(version, step, kept, by=by, now=now)

    @transaction.atomic
    def place(self, key: str, index: int, *, step: Step, by: User | None, now: datetime) -> None:
        """Make it the ``index``-th, from 0. Raises ``Gone``."""
        version, step, found = self._locked(step)
        moved = list(found)
        moved.insert(index, moved.pop(_place(found, key)))
        if moved != found:
            self._write(version, step, moved, by=by, now=now)

    def _locked(self, step: Step) -> tuple[PlaybookVersion, Step, list[P]]:
        version = locked_draft(step.version, step)
        step = version.steps.get(pk=step.pk)
        return version, step, list(self.read(step))

    def _write(
        self, version: PlaybookVersion, step: Step, parts: Sequence[P], *, by: User | None, now: datetime
    ) -> None:
        columns = self.columns(parts)
        for name, value in columns.items():
            setattr(step, name, value)
        step.save(update_fields=list(columns))
        record_change(version, "step_saved", step, by=by, now=now, step=step.key, fields=[self.column])


def _place(parts: Sequence[Part], key: str) -> int:
    place = next((place for place, part in enumerate(parts) if part.key == key), None)
    if place is None:
        raise Gone
    return place
