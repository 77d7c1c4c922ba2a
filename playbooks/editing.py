"""Changing a draft: its stages, its steps and their order. What is published is refused.

Places are absolute (stage and index in it), so that a change that arrives twice is made once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, F, Max, Min, Value, When
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from partners import auditing
from partners.models import User, Vendor
from playbooks import undoing
from playbooks.evidence.fields import Asked, with_languages
from playbooks.merging import (
    COLUMNS,
    Merged,
    Others,
    as_seen,
    by_writer,
    differing,
    fields_of,
    last_writers,
    merge,
    put_into,
)
from playbooks.models import Playbook, PlaybookVersion, Stage, Step
from playbooks.offers.items import offer_of
from playbooks.outline import (
    LONGEST_KEY,
    MOST_STAGES,
    MOST_STEPS,
    StepOutline,
    Texts,
    tidy_step_texts,
    tidy_texts,
)
from playbooks.resources.items import in_languages, resources_of


class SavedMeanwhile(Exception):
    """Somebody else changed the same fields since the form was opened; ``current`` is what stands there now."""

    def __init__(self, current: Step, merged: Merged, torn: tuple[Others, ...], kept: tuple[Others, ...]) -> None:
        super().__init__()
        self.current, self.merged, self.torn, self.kept = current, merged, torn, kept


@dataclass(frozen=True)
class Saved:
    """``seen`` is what the form that was sent has in it, and with that what its author knows."""

    step: Step
    seen: str
    kept: tuple[Others, ...] = ()  # what somebody else changed meanwhile, and the form does not show yet
    is_changed: bool = True


class TooLong(Exception):
    """The playbook has as many stages or steps as a playbook may have."""

    message = _("This playbook is as long as a playbook may be. Split it before you add more.")


def free_slug(vendor: Vendor, name: str) -> str:
    taken = set(Playbook.objects.of(vendor).values_list("slug", flat=True))
    return free_key(name, taken, "playbook")


def free_key(title: str, taken: set[str], otherwise: str) -> str:
    stem = slugify(title).replace("_", "-").strip("-")[: LONGEST_KEY - 5].strip("-") or otherwise
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


def locked_draft(version: PlaybookVersion, *about: Step | Stage) -> PlaybookVersion:
    """The version, locked until the transaction ends, with what taking the change back needs to know.

    ``about`` are the parts that will say something else afterwards, or be gone. Raises PublishedNeverChanges.
    """
    locked = (
        PlaybookVersion.objects.select_for_update(of=("self",)).select_related("playbook__vendor").get(pk=version.pk)
    )
    locked.refuse_when_published()
    locked.remembered = undoing.remember(locked, *about)
    return locked


def record_change(
    version: PlaybookVersion,
    action: str,
    part: Step | Stage | None = None,
    *,
    by: User | None,
    now: datetime,
    **data: Any,
) -> None:
    """Write down the change of a draft that ``locked_draft`` locked, so that it can be taken back."""
    subject, titles = (part.key, undoing.titles_of(part)) if part else ("", {})
    undoing.note(version, version.remembered, action, subject=subject, titles=titles, by=by, now=now)
    version.changed_at = now
    version.save(update_fields=["changed_at"])
    playbook = version.playbook
    auditing.record(vendor=playbook.vendor, action=f"playbook.{action}", subject=playbook, by=by, now=now, **data)


@transaction.atomic
def create_playbook(*, vendor: Vendor, name: str, language: str, by: User | None, now: datetime) -> Playbook:
    """An empty playbook with a draft. The same name again, still empty, is the same playbook."""
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
    texts = tidy_texts({language: {"name": name}}, [language])
    untouched = PlaybookVersion.objects.filter(playbook__vendor=vendor, texts=texts, stages=None, state="draft")
    same = untouched.select_related("playbook").first()
    if same is not None:
        return same.playbook
    playbook = Playbook.objects.create(vendor=vendor, slug=free_slug(vendor, name), created_at=now)
    PlaybookVersion.objects.create(
        playbook=playbook, number=1, languages=[language], texts=texts, created_at=now, changed_at=now
    )
    auditing.record(vendor=vendor, action="playbook.created", subject=playbook, by=by, now=now)
    return playbook


@transaction.atomic
def describe(
    *, version: PlaybookVersion, texts: Texts, languages: Sequence[str], by: User | None, now: datetime
) -> PlaybookVersion:
    """Name, summary, goal hint and languages. A language that is taken out takes its texts along."""
    version = locked_draft(version, *_speaking_others(version, languages))
    dropped = [language for language in version.languages if language not in languages]
    version.languages = list(languages)
    version.texts = tidy_texts(texts, languages)
    version.save(update_fields=["languages", "texts"])
    if dropped:
        _drop_languages(version, dropped)
    record_change(version, "described", by=by, now=now, languages=list(languages))
    return version


def _speaking_others(version: PlaybookVersion, languages: Sequence[str]) -> list[Step | Stage]:
    """Everything, where a language is taken out."""
    if set(version.languages) <= set(languages):
        return []
    return [*version.stages.all()]


def _drop_languages(version: PlaybookVersion, dropped: Sequence[str]) -> None:
    stages, steps = list(version.stages.all()), list(version.steps.all())
    for stage in stages:
        stage.texts = _without(stage.texts, dropped)
    for step in steps:
        step.texts = _without(step.texts, dropped)
        step.resources = in_languages(resources_of(step), version.languages)
        step.evidence = with_languages(Asked.of(step).fields, version.languages)
        offer = offer_of(step)
        step.offer = offer.in_languages(version.languages).as_json() if offer else {}
    Stage.objects.bulk_update(stages, ["texts"], batch_size=100)
    Step.objects.bulk_update(steps, ["texts", "evidence", "resources", "offer"], batch_size=100)


def _without(texts: Texts, dropped: Sequence[str]) -> Texts:
    return {language: words for language, words in texts.items() if language not in dropped}


# Stages


@transaction.atomic
def add_stage(*, version: PlaybookVersion, texts: Texts, count_before: int, by: User | None, now: datetime) -> Stage:
    """A new last stage. ``count_before`` is how many the author saw: the same again is the same stage."""
    version = locked_draft(version)
    stages = list(version.stages.order_by("position"))
    texts = tidy_texts(texts, version.languages)
    same = next((stage for stage in stages[count_before:] if stage.texts == texts), None)
    if same is not None:
        return same
    if len(stages) >= MOST_STAGES:
        raise TooLong
    title = next((words["title"] for words in texts.values()), "")
    key = free_key(title, {stage.key for stage in stages}, "stage")
    stage = Stage.objects.create(version=version, key=key, position=len(stages), texts=texts)
    record_change(version, "stage_added", stage, by=by, now=now, stage=key)
    return stage


@transaction.atomic
def rename_stage(*, stage: Stage, texts: Texts, by: User | None, now: datetime) -> Stage:
    version = locked_draft(stage.version, stage)
    stage = version.stages.get(pk=stage.pk)
    texts = tidy_texts(texts, version.languages)
    if stage.texts != texts:
        stage.texts = texts
        stage.save(update_fields=["texts"])
        record_change(version, "stage_renamed", stage, by=by, now=now, stage=stage.key)
    return stage


@transaction.atomic
def remove_stage(*, stage: Stage, by: User | None, now: datetime) -> None:
    """The stage and its steps."""
    version = locked_draft(stage.version, stage)
    stage = version.stages.get(pk=stage.pk)
    numbers, positions = list(stage.steps.values_list("pk", flat=True)), stage.steps.values_list("position", flat=True)
    last = max(positions, default=None)
    stage.delete()
    version.stages.filter(position__gt=stage.position).update(position=F("position") - 1)
    if last is not None:
        version.steps.filter(position__gt=last).update(position=F("position") - len(numbers))
    record_change(version, "stage_removed", stage, by=by, now=now, stage=stage.key, numbers=numbers)


@transaction.atomic
def place_stage(*, stage: Stage, index: int, by: User | None, now: datetime) -> None:
    """Make ``stage`` the ``index``-th (from 0); its steps go with it."""
    version = locked_draft(stage.version)
    stages = list(version.stages.order_by("position"))
    order = [other.pk for other in stages if other.pk != stage.pk]
    order.insert(max(0, min(index, len(order))), stage.pk)
    if order == [other.pk for other in stages]:
        return
    version.stages.update(position=Case(*(When(pk=pk, then=Value(at)) for at, pk in enumerate(order))))
    _steps_follow(version, order)
    record_change(version, "stage_moved", stage, by=by, now=now, stage=stage.key)


def _steps_follow(version: PlaybookVersion, order: Sequence[int]) -> None:
    """Each stage's steps go as far as their stage went, all in one query."""
    blocks = _blocks(version)
    starts = accumulate((blocks.get(pk, (0, 0))[1] for pk in order), initial=0)
    shifts = {pk: start - blocks[pk][0] for pk, start in zip(order, starts, strict=False) if pk in blocks}
    moved = [When(stage=pk, then=F("position") + shift) for pk, shift in shifts.items() if shift]
    if moved:
        version.steps.filter(stage__in=[pk for pk, shift in shifts.items() if shift]).update(position=Case(*moved))


def _blocks(version: PlaybookVersion) -> dict[int, tuple[int, int]]:
    """For each stage that has steps: the position of its first one, and how many there are."""
    rows = version.steps.order_by().values_list("stage_id").annotate(first=Min("position"), count=Count("pk"))
    return {stage: (first, count) for stage, first, count in rows}


# Steps


@transaction.atomic
def add_step(*, stage: Stage, texts: Texts, count_before: int, by: User | None, now: datetime) -> Step:
    """A new last step of ``stage``. ``count_before`` is how many the author saw in it: see ``add_stage``."""
    version = locked_draft(stage.version)
    stage = version.stages.get(pk=stage.pk)
    own = list(stage.steps.order_by("position"))
    texts = tidy_step_texts(texts, version.languages)
    title = next((words["title"] for words in texts.values()), "")
    same = next((step for step in own[count_before:] if title in [w.get("title") for w in step.texts.values()]), None)
    if same is not None:
        return same
    keys = set(version.steps.values_list("key", flat=True))
    if len(keys) >= MOST_STEPS:
        raise TooLong
    position = first_position_after(version, stage)
    version.steps.filter(position__gte=position).update(position=F("position") + 1)
    key = free_key(title, keys, "step")
    step = Step.objects.create(version=version, stage=stage, key=key, position=position, texts=texts)
    record_change(version, "step_added", step, by=by, now=now, step=key)
    return step


def first_position_after(version: PlaybookVersion, stage: Stage) -> int:
    before = version.steps.filter(stage__position__lte=stage.position).aggregate(last=Max("position"))["last"]
    return 0 if before is None else before + 1


@transaction.atomic
def save_step(*, step: Step, said: StepOutline, seen: str, by: User | None, now: datetime, tab: str = "") -> Saved:
    """Write what the form says; what the step asks for has forms of its own (``playbooks.evidence.editing``).

    ``seen`` is what the form was opened on (``playbooks.merging.fingerprint``): what somebody else changed since, and
    this form did not, is kept. ``tab`` tells one open form from another, also of the same person. Saving the same
    again changes nothing. Raises ``SavedMeanwhile`` where both changed a field.
    """
    version = locked_draft(step.version, step)
    step = version.steps.select_related("stage").get(pk=step.pk)
    step.version = version
    mine, current = fields_of(said, version.languages), fields_of(step, version.languages)
    merged = merge(mine, current, seen=seen)
    kept: tuple[Others, ...] = ()
    if merged.kept or merged.torn:
        writers = last_writers(step, [*merged.kept, *merged.torn])
        own = {name for name, entry in writers.items() if tab and entry.data.get("tab") == tab}
        merged = merge(mine, current, seen=seen, own=own)
        kept = by_writer(merged.kept, writers)
        if merged.torn:
            raise SavedMeanwhile(step, merged, by_writer(merged.torn, writers), kept)
    saved = Saved(step, as_seen(mine), kept, is_changed=merged.fields != current)
    if saved.is_changed:
        put_into(step, merged.fields)
        step.save(update_fields=["texts", *COLUMNS])
        data = {"fields": differing(current, merged.fields), "tab": tab}
        record_change(version, "step_saved", step, by=by, now=now, step=step.key, **data)
    return saved


@transaction.atomic
def remove_step(*, step: Step, by: User | None, now: datetime) -> None:
    version = locked_draft(step.version, step)
    step = version.steps.get(pk=step.pk)
    number = step.pk
    step.delete()
    version.steps.filter(position__gt=step.position).update(position=F("position") - 1)
    record_change(version, "step_removed", step, by=by, now=now, step=step.key, numbers=[number])


@transaction.atomic
def place_step(*, step: Step, stage: Stage, index: int, by: User | None, now: datetime) -> None:
    """Make ``step`` the ``index``-th (from 0) of ``stage``, a stage of the same version."""
    version = locked_draft(step.version)
    step = version.steps.get(pk=step.pk)
    stage = version.stages.get(pk=stage.pk)
    others = version.steps.exclude(pk=step.pk)
    start = others.filter(stage__position__lt=stage.position).count()
    target = start + max(0, min(index, others.filter(stage=stage).count()))
    if (step.stage_id, step.position) == (stage.pk, target):
        return
    if target > step.position:
        others.filter(position__gt=step.position, position__lte=target).update(position=F("position") - 1)
    else:
        others.filter(position__gte=target, position__lt=step.position).update(position=F("position") + 1)
    step.stage, step.position = stage, target
    step.save(update_fields=["stage", "position"])
    record_change(version, "step_moved", step, by=by, now=now, step=step.key)
