"""Keeping a file that was checked, and taking away what nothing refers to any more."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models.signals import post_delete

from partners.models import User
from playbooks.files.checking import Checked
from playbooks.models import DraftChange, Progress, Step
from playbooks.models.file import StoredFile
from playbooks.resources.items import files_of, resources_of

FOLDER = "files"
NOT_OLDER = timedelta(days=1)  # a file without a row may be on its way to one


def store(checked: Checked, *, progress: Progress, by: User | None, now: datetime) -> StoredFile:
    """What somebody gives in a step. Call it inside the transaction that refers to the file."""
    return _store(checked, StoredFile(vendor_id=progress.enrollment.vendor_id, progress=progress), by=by, now=now)


def store_for(vendor_id: int, checked: Checked, *, by: User | None, now: datetime) -> StoredFile:
    """What helps with steps of the vendor's playbooks. Call it inside the transaction that refers to the file."""
    return _store(checked, StoredFile(vendor_id=vendor_id), by=by, now=now)


def _store(checked: Checked, stored: StoredFile, *, by: User | None, now: datetime) -> StoredFile:
    stored.name, stored.content_type, stored.size = checked.name, checked.content_type, checked.size
    stored.made_at, stored.made_by = now, by
    stored.file.save(checked.name, checked.content, save=False)
    try:
        stored.save()
    except BaseException:
        stored.file.storage.delete(stored.file.name or "")
        raise
    return stored


def subscribe() -> None:
    post_delete.connect(_delete_content, sender=StoredFile, dispatch_uid="files.delete_content")


def _delete_content(*, instance: StoredFile, **_: Any) -> None:
    """With its row, however that went: by itself, or with a partner and all that is theirs."""
    if instance.file.name:
        transaction.on_commit(partial(instance.file.storage.delete, instance.file.name))


def tidy(*, now: datetime, storage: Storage = default_storage) -> int:
    """Take away contents without a row, as a crash between the two leaves them, and what nothing refers to any more.

    A step refers to a file, or a change of a draft does that can be taken back or redone. Says how many.
    """
    gone = _tidy_rows(now=now)
    for folder in storage.listdir(FOLDER)[0] if storage.exists(FOLDER) else ():
        names = storage.listdir(f"{FOLDER}/{folder}")[1]
        known = set(StoredFile.objects.filter(key__in=names).values_list("key", flat=True))
        for name in set(names) - known:
            path = f"{FOLDER}/{folder}/{name}"
            if storage.get_modified_time(path) < now - NOT_OLDER:
                storage.delete(path)
                gone += 1
    return gone


def _tidy_rows(*, now: datetime) -> int:
    """Of resources: a file that was replaced for good, or whose draft was thrown away."""
    old = StoredFile.objects.filter(progress=None, made_at__lt=now - NOT_OLDER)
    gone = 0
    for vendor in list(old.order_by().values_list("vendor", flat=True).distinct()):
        steps = Step.objects.filter(version__playbook__vendor=vendor).exclude(resources=[])
        used = {key for step in steps.only("resources").iterator() for key in files_of(resources_of(step))}
        used |= _needed_by_changes(vendor)
        for stored in old.filter(vendor=vendor).exclude(key__in=used):
            stored.delete()
            gone += 1
    return gone


def _needed_by_changes(vendor: int) -> set[str]:
    """The keys of files that would be referred to again, were changes of drafts taken back or redone."""
    changes = DraftChange.objects.filter(version__playbook__vendor=vendor).values_list("before", "after")
    states = (state for both in changes.iterator() for state in both if state is not None)
    steps = (step for state in states for step in state["steps"].values())
    texts = (each["texts"] for step in steps for each in step.get("resources", ()))
    return {words["file"] for by_language in texts for words in by_language.values() if words.get("file")}
