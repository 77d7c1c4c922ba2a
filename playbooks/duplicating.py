"""A playbook a second time, under a key of its own; and what loading a file would change."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from partners.models import User, Vendor
from playbooks.editing import free_key
from playbooks.models import Playbook, PlaybookVersion, StoredFile
from playbooks.outline import LONGEST_LINE, PlaybookOutline, outline_of
from playbooks.resources.items import files_of
from playbooks.storing import store
from playbooks.texts import named_as_copy


@dataclass(frozen=True)
class Loading:
    """What a file has, beside what stands in the playbook of the same key."""

    playbook: Playbook
    is_draft: bool  # whether what would be replaced was not published
    steps: int
    steps_now: int
    gone: int
    new: int
    changed: int


def what_loading_changes(outline: PlaybookOutline, *, vendor: Vendor) -> Loading | None:
    """None where the vendor has no such playbook, or it says exactly the same."""
    playbook = Playbook.objects.of(vendor).filter(slug=outline.key).first()
    now = playbook and (playbook.draft() or playbook.published())
    if not playbook or not now:
        return None
    now.playbook = playbook
    there = outline_of(now)
    if there == outline:
        return None
    before, after = ({step.key: step for step in each.steps} for each in (there, outline))
    return Loading(
        playbook=playbook,
        is_draft=now.is_draft,
        steps=len(after),
        steps_now=len(before),
        gone=len(before.keys() - after.keys()),
        new=len(after.keys() - before.keys()),
        changed=sum(before[key] != after[key] for key in before.keys() & after.keys()),
    )


def files_missing(outline: PlaybookOutline, *, vendor: Vendor, language: str) -> Iterator[str]:
    """The labels of resources whose file the vendor does not have: a playbook's file holds no files."""
    resources = [each for step in outline.steps for each in step.resources if list(files_of([each]))]
    kept = StoredFile.objects.of(vendor).filter(key__in=list(files_of(resources))) if resources else ()
    keys = {file.key for file in kept}
    for resource in resources:
        if not keys.issuperset(files_of([resource])):
            yield resource.label(language)


@transaction.atomic
def store_second(*, outline: PlaybookOutline, vendor: Vendor, by: User | None, now: datetime) -> PlaybookVersion:
    """``outline`` as a playbook of its own, its name marked as a copy. The same again, untouched, is the same one."""
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
    outline = replace(outline, texts=named_as_copy(outline.texts, "name", longest=LONGEST_LINE))
    drafts = PlaybookVersion.objects.filter(playbook__vendor=vendor, state=PlaybookVersion.State.DRAFT, number=1)
    for draft in drafts.filter(texts=outline.texts).select_related("playbook"):
        if outline_of(draft) == replace(outline, key=draft.playbook.slug):
            return draft
    taken = set(Playbook.objects.of(vendor).values_list("slug", flat=True))
    key = free_key(outline.key, taken, "playbook")
    return store(outline=replace(outline, key=key), vendor=vendor, by=by, now=now)


def duplicate_playbook(*, playbook: Playbook, by: User | None, now: datetime) -> Playbook:
    """What stands in its draft, or else what is published newest, as a draft of a second playbook."""
    version = playbook.draft() or playbook.published()
    if version is None:
        return playbook
    version.playbook = playbook
    return store_second(outline=outline_of(version), vendor=playbook.vendor, by=by, now=now).playbook
