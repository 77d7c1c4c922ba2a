"""Taking back the last change of a draft, and the one before it, and so on; and redoing it.

Before a change, ``remember`` notes the order of all stages and steps by their keys, and what the parts that the change
is about say. Since changes are taken back newest first, putting exactly that back is enough. When
a change is taken back, the same is noted of what stood there until then, and goes with the next change.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import User
from playbooks.merging import COLUMNS, LETTERS, Fields, differing, fields_of
from playbooks.models import DraftChange, PlaybookVersion, Stage, Step

KEPT: Final = 50
# Saving a text again and again, as autosave does, is one change.
ONE_SITTING: Final = timedelta(minutes=10)
IDENTITY: Final = {"id", "version_id", "stage_id", "key", "position"}
FIELDS: Final = [field for field in Step._meta.concrete_fields if field.attname not in IDENTITY]

Before = dict[str, Any]


class NotTheLast(Exception):
    """Something was changed, or taken back, since the page was opened."""

    message = _("Something else was changed meanwhile, so nothing was taken back. Look at the last change again.")


class NothingToRedo(NotTheLast):
    message = _("Something else was changed meanwhile, so nothing was redone. Look at the last change again.")


def remember(version: PlaybookVersion, *about: Step | Stage) -> Before:
    """What has to be put back to take a change of these parts back; a stage stands for its steps too."""
    stages = [part.pk for part in about if isinstance(part, Stage)]
    steps = [part.pk for part in about if isinstance(part, Step)]
    kept = version.steps.filter(Q(pk__in=steps) | Q(stage__in=stages)) if about else version.steps.none()
    return _state(version, version.stages.filter(pk__in=stages), kept)


def _state(version: PlaybookVersion, stages: QuerySet[Stage], steps: QuerySet[Step]) -> Before:
    return {
        "languages": version.languages,
        "texts": version.texts,
        "order": _order(version),
        "stages": dict(stages.values_list("key", "texts")),
        "steps": {step.key: _said(step) for step in steps},
    }


def _said(step: Step) -> dict[str, Any]:
    return {field.attname: getattr(step, field.attname) for field in FIELDS}


def _as_it_is(version: PlaybookVersion, before: Before) -> Before:
    """What stands there now of all that putting ``before`` back changes or takes out."""
    stages = version.stages.filter(Q(key__in=before["stages"]) | ~Q(key__in=[key for key, _steps in before["order"]]))
    known = [key for key, _stage in _steps_of(before)]
    return _state(version, stages, version.steps.filter(Q(key__in=before["steps"]) | ~Q(key__in=known)))


def _order(version: PlaybookVersion) -> list[tuple[str, list[str]]]:
    steps: dict[str, list[str]] = {key: [] for key in version.stages.order_by("position").values_list("key", flat=True)}
    for stage, step in version.steps.order_by("position").values_list("stage__key", "key"):
        steps[stage].append(step)
    return list(steps.items())


def note(
    version: PlaybookVersion,
    before: Before,
    action: str,
    *,
    subject: str,
    titles: Mapping[str, str],
    by: User | None,
    now: datetime,
) -> None:
    """Write the change down, unless it goes on with the last one: the same person at the same text."""
    version.changes.filter(after__isnull=False).delete()  # it would be redone on something else
    last = last_change(version)
    if (
        last is not None
        and action == last.action == "step_saved"
        and (last.subject, last.made_by_id) == (subject, by.pk if by else None)
        and now - last.made_at < ONE_SITTING
    ):
        return
    DraftChange.objects.create(
        version=version, made_at=now, made_by=by, action=action, subject=subject, titles=dict(titles), before=before
    )
    old = version.changes.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    DraftChange.objects.filter(pk__in=list(old)).delete()


def last_change(version: PlaybookVersion) -> DraftChange | None:
    return version.changes.filter(after__isnull=True).select_related("made_by").order_by("-pk").first()


def last_undone(version: PlaybookVersion) -> DraftChange | None:
    """What was taken back last: changes are taken back newest first."""
    return version.changes.filter(after__isnull=False).select_related("made_by").order_by("pk").first()


def what_changed(change: DraftChange, step: Step) -> list[str]:
    """The fields of a step that the change made what they are: see ``playbooks.merging.fields_of``."""
    after = change.after["steps"].get(step.key) if change.after is not None else _said(step)
    return _differing(change.before["steps"].get(step.key), after, step.version.languages)


def _differing(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None, languages: Sequence[str]) -> list[str]:
    if one is None or other is None:
        return []
    return differing(_fields(one, languages), _fields(other, languages))


def _fields(said: Mapping[str, Any], languages: Sequence[str]) -> Fields:
    others = {name: value for name, value in said.items() if name != "texts" and name not in COLUMNS}
    return fields_of(Step(**said), languages) | others


def made_of_it(change: DraftChange, step: Step) -> str:
    """A few letters of what a saved step says now: saving it again goes on with the same change."""
    said = json.dumps(_said(step), sort_keys=True, default=str)
    return hashlib.sha256(f"{change.pk} {said}".encode()).hexdigest()[:LETTERS]


@transaction.atomic
def take_back(*, version: PlaybookVersion, change: int, by: User | None, now: datetime, made: str = "") -> DraftChange:
    """Put back what stood there before ``change``, the key of the last one. Raises ``NotTheLast``.

    ``made`` is what its author saw of it (``made_of_it``), where a page said so: no more than that is taken back.
    """
    version = _locked(version)
    last = last_change(version)
    if last is None or last.pk != change or (made and made != _made_now(version, last)):
        raise NotTheLast
    last.after = _put_all_back(version, last, last.before, "taken_back", by=by, now=now)
    last.save(update_fields=["after"])
    return last


def _made_now(version: PlaybookVersion, change: DraftChange) -> str:
    step = version.steps.filter(key=change.subject).first() if change.action == "step_saved" else None
    return made_of_it(change, step) if step else ""


@transaction.atomic
def redo(*, version: PlaybookVersion, change: int, by: User | None, now: datetime) -> DraftChange:
    """Put back what ``change`` made of it, the key of the one taken back last. Raises ``NothingToRedo``."""
    version = _locked(version)
    undone = last_undone(version)
    if undone is None or undone.after is None or undone.pk != change:
        raise NothingToRedo
    _put_all_back(version, undone, undone.after, "redone", by=by, now=now)
    undone.after = None
    undone.save(update_fields=["after"])
    return undone


def _locked(version: PlaybookVersion) -> PlaybookVersion:
    locked = PlaybookVersion.objects.select_for_update(of=("self",)).select_related("playbook__vendor")
    version = locked.get(pk=version.pk)
    version.refuse_when_published()
    return version


def _put_all_back(
    version: PlaybookVersion, change: DraftChange, state: Before, action: str, *, by: User | None, now: datetime
) -> Before:
    """What stood there until then."""
    was, key, languages = _as_it_is(version, state), change.subject, version.languages
    _put_back(version, state)
    version.languages, version.texts, version.changed_at = state["languages"], state["texts"], now
    version.save(update_fields=["languages", "texts", "changed_at"])
    playbook = version.playbook
    fields = _differing(was["steps"].get(key), state["steps"].get(key), languages)
    about = {"step": key, "fields": fields} if fields else {}
    auditing.record(
        vendor=playbook.vendor,
        action=f"playbook.{action}",
        subject=playbook,
        by=by,
        now=now,
        change=change.action,
        **about,
    )
    return was


def _put_back(version: PlaybookVersion, before: Before) -> None:
    stages = _put_back_stages(version, before)
    wanted = {key: (stages[stage].pk, place) for place, (key, stage) in enumerate(_steps_of(before))}
    version.steps.exclude(key__in=wanted).delete()
    version.stages.exclude(key__in=stages).delete()
    rows = version.steps.values_list("pk", "key", "stage", "position")
    places = {key: (pk, stage, position) for pk, key, stage, position in rows}
    _put_back_places(version, {key: place for key, place in places.items() if place[1:] != wanted[key]}, wanted)
    said = before["steps"]
    gone = [Step(version=version, key=key, **said.get(key, {})) for key in wanted if key not in places]
    for step in gone:
        step.stage_id, step.position = wanted[step.key]
    Step.objects.bulk_create(gone)
    saying = list(version.steps.filter(key__in=[key for key in said if key in places]))
    for step in saying:
        for name, value in said[step.key].items():
            setattr(step, name, value)
    Step.objects.bulk_update(saying, [field.name for field in FIELDS], batch_size=100)


def _steps_of(before: Before) -> Iterator[tuple[str, str]]:
    """Each step with its stage, by their keys, in order."""
    return ((key, stage) for stage, keys in before["order"] for key in keys)


def _put_back_places(
    version: PlaybookVersion, moved: Mapping[str, tuple[int, int, int]], wanted: Mapping[str, tuple[int, int]]
) -> None:
    """In one query, in which those that go equally far share a line: what moved made all others move alike."""
    if not moved:
        return
    shifts: dict[int, list[int]] = defaultdict(list)
    homes: dict[int, list[int]] = defaultdict(list)
    for key, (pk, _stage, position) in moved.items():
        stage, place = wanted[key]
        shifts[place - position].append(pk)
        homes[stage].append(pk)
    version.steps.filter(pk__in=[pk for pk, _stage, _position in moved.values()]).update(
        position=Case(*(When(pk__in=keys, then=F("position") + shift) for shift, keys in shifts.items())),
        stage=Case(*(When(pk__in=keys, then=Value(stage)) for stage, keys in homes.items())),
    )


def _put_back_stages(version: PlaybookVersion, before: Before) -> dict[str, Stage]:
    """All stages of before, in their order; what came since is left for the steps to go first."""
    there = {stage.key: stage for stage in version.stages.all()}
    found = {}
    changed = []
    for position, (key, _steps) in enumerate(before["order"]):
        stage = there.get(key) or Stage(version=version, key=key)
        texts = before["stages"].get(key, stage.texts)
        if stage._state.adding or (stage.position, stage.texts) != (position, texts):
            stage.position, stage.texts = position, texts
            changed.append(stage)
        found[key] = stage
    Stage.objects.bulk_update([stage for stage in changed if stage.key in there], ["position", "texts"], batch_size=100)
    Stage.objects.bulk_create([stage for stage in changed if stage.key not in there])
    return found


def titles_of(part: Step | Stage) -> dict[str, str]:
    return {language: words.get("title", "") for language, words in part.texts.items()}
