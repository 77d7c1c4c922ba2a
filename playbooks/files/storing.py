"""Keeping a file that was checked, and taking away what nobody refers to any more."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models.signals import post_delete

from partners.models import User
from playbooks.files.checking import Checked
from playbooks.models import Progress
from playbooks.models.file import StoredFile

FOLDER = "files"
NOT_OLDER = timedelta(days=1)  # a file without a row may be on its way to one


def store(checked: Checked, *, progress: Progress, by: User | None, now: datetime) -> StoredFile:
    """Call it inside the transaction that refers to the file: should that fail, the content goes again."""
    stored = StoredFile(
        vendor_id=progress.enrollment.vendor_id,
        progress=progress,
        name=checked.name,
        content_type=checked.content_type,
        size=checked.size,
        made_at=now,
        made_by=by,
    )
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
    """Take away contents without a row, as a crash between the two leaves them. Says how many."""
    gone = 0
    for folder in storage.listdir(FOLDER)[0] if storage.exists(FOLDER) else ():
        names = storage.listdir(f"{FOLDER}/{folder}")[1]
        known = set(StoredFile.objects.filter(key__in=names).values_list("key", flat=True))
        for name in set(names) - known:
            path = f"{FOLDER}/{folder}/{name}"
            if storage.get_modified_time(path) < now - NOT_OLDER:
                storage.delete(path)
                gone += 1
    return gone
