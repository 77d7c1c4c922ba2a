"""Changing the resources of a draft's step. What is published is refused.

Each function locks the draft; the same change that arrives twice is made once.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners.models import User
from playbooks.editing import free_key, locked_draft, record_change
from playbooks.files.checking import Checked
from playbooks.files.storing import store_for
from playbooks.models import PlaybookVersion, Step
from playbooks.outline import tidy_resource
from playbooks.resources.items import MOST_RESOURCES, Resource, Texts, resources_of


class TooManyResources(Exception):
    """The step has as many as a step may have."""

    message = _("This step has as many resources as a step may have. Take one out before you add more.")


class ResourceGone(LookupError):
    """Somebody else took it out, while it was open."""

    message = _("Somebody took this out meanwhile, so nothing was changed.")


class ResourceSavedMeanwhile(Exception):
    """Somebody else saved a change of it; ``current`` is what stands there now."""

    def __init__(self, current: Resource) -> None:
        super().__init__()
        self.current = current


def fingerprint(resource: Resource) -> str:
    """What it says, in a few letters: see ``playbooks.editing.fingerprint``."""
    return hashlib.sha256(json.dumps(resource.as_json(), sort_keys=True).encode()).hexdigest()[:20]


@transaction.atomic
def add_resource(*, step: Step, kind: str, texts: Texts, count_before: int, by: User | None, now: datetime) -> str:
    """The key of a new last one. ``count_before`` is how many the author saw: the same again is the same one."""
    version, step, found = _locked(step)
    resource = tidy_resource(Resource("", kind, texts), version.languages)
    same = (each for each in found[count_before:] if (each.kind, each.texts) == (kind, resource.texts))
    if (twin := next(same, None)) is not None:
        return twin.key
    if len(found) >= MOST_RESOURCES:
        raise TooManyResources
    label = next((words["label"] for words in resource.texts.values() if "label" in words), "")
    resource = replace(resource, key=free_key(label, {each.key for each in found}, kind))
    _write(version, step, [*found, resource], by=by, now=now)
    return resource.key


@transaction.atomic
def save_resource(
    *, step: Step, resource: Resource, files: Mapping[str, Checked], seen: str, by: User | None, now: datetime
) -> None:
    """``files`` are new ones, by language; ``seen`` is the fingerprint of what the form was opened on.

    Raises ``ResourceSavedMeanwhile`` and ``ResourceGone``.
    """
    version, step, found = _locked(step)
    place = next((place for place, each in enumerate(found) if each.key == resource.key), None)
    if place is None:
        raise ResourceGone
    if seen != fingerprint(found[place]) and (files or tidy_resource(resource, version.languages) != found[place]):
        raise ResourceSavedMeanwhile(found[place])
    texts = {code: dict(words) for code, words in resource.texts.items()}
    for code, checked in files.items():
        stored = store_for(version.playbook.vendor_id, checked, by=by, now=now)
        texts.setdefault(code, {})["file"] = stored.key
    resource = tidy_resource(replace(resource, texts=texts), version.languages)
    if resource != found[place]:
        found[place] = resource
        _write(version, step, found, by=by, now=now)


@transaction.atomic
def remove_resource(*, step: Step, key: str, by: User | None, now: datetime) -> None:
    version, step, found = _locked(step)
    kept = [each for each in found if each.key != key]
    if len(kept) != len(found):
        _write(version, step, kept, by=by, now=now)


@transaction.atomic
def place_resource(*, step: Step, key: str, index: int, by: User | None, now: datetime) -> None:
    """Make it the ``index``-th, from 0. Raises ``ResourceGone``."""
    version, step, found = _locked(step)
    moved = next((each for each in found if each.key == key), None)
    if moved is None:
        raise ResourceGone
    others = [each for each in found if each is not moved]
    others.insert(index, moved)
    if others != found:
        _write(version, step, others, by=by, now=now)


def _locked(step: Step) -> tuple[PlaybookVersion, Step, list[Resource]]:
    version = locked_draft(step.version, step)
    step = version.steps.get(pk=step.pk)
    return version, step, list(resources_of(step))


def _write(
    version: PlaybookVersion, step: Step, resources: Sequence[Resource], *, by: User | None, now: datetime
) -> None:
    step.resources = [each.as_json() for each in resources]
    step.save(update_fields=["resources"])
    record_change(version, "step_saved", step, by=by, now=now, step=step.key, fields=["resources"])
