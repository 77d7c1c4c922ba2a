"""What a person gives as evidence: kept as rows until the step is done, and frozen then."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from partners.models import User
from partners.prepared import Prepared
from playbooks.evidence.fields import Asked, Value
from playbooks.files.checking import Checked
from playbooks.files.storing import store
from playbooks.models import Enrollment, Evidence, Progress, StoredFile


class EvidenceMissing(Exception):
    """Something that the step asks for is missing, or not right yet; ``keys`` says which fields."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


CHANGES_IN = (Progress.State.OPEN, Progress.State.STUCK, Progress.State.REOPENED)
ROWS = Prepared(lambda progress, step: Evidence.objects.filter(progress=progress, step=step), int, int)


def rows_of(progress: Progress) -> dict[str, Evidence]:
    """By the field's key; of the step that is walked now. One query, or none where nothing is asked for."""
    if not progress.step.evidence:
        return {}
    return {row.key: row for row in ROWS(progress.pk, progress.step_id)}


@transaction.atomic
def attach(
    *, progress: Progress, checked: Mapping[str, Checked], by: User | None, now: datetime, giver_name: str
) -> dict[str, Value]:
    """Keep files as soon as they are there, by the field's key, also where the rest of the form is not in order yet.

    Says what is kept: nothing where the step is not open any more. A file takes the place of the one before.
    """
    own = Progress.objects.select_for_update(of=("self",), no_key=True).select_related("step", "enrollment")
    progress = own.get(pk=progress.pk)
    if progress.state not in CHANGES_IN or progress.enrollment.state != Enrollment.State.RUNNING:
        return {}
    files = store_each(progress, checked, by=by, now=now)
    put(progress, files, by=by, now=now, giver_name=giver_name)
    return files


def store_each(
    progress: Progress, checked: Mapping[str, Checked], *, by: User | None, now: datetime
) -> dict[str, Value]:
    """Files as values, by the field's key. Call it inside the transaction that refers to them."""
    stored = {key: store(each, progress=progress, by=by, now=now) for key, each in checked.items()}
    return {key: {"file": each.key, "name": each.name, "size": each.size} for key, each in stored.items()}


def put(progress: Progress, files: Mapping[str, Value], *, by: User | None, now: datetime, giver_name: str) -> None:
    """Files that were stored take the place of those given before. ``progress`` is held by the caller."""
    before = rows_of(progress)
    for key, value in files.items():
        told = {"value": value, "given_at": now, "given_by": by, "giver_name": giver_name[:150]}
        Evidence.objects.update_or_create(progress=progress, step=progress.step, key=key, defaults=told)
    drop_files(progress, [before[key].value for key in files if key in before])


def drop_files(progress: Progress, values: Iterable[Value]) -> None:
    """What nothing refers to any more; values that are no files are passed over."""
    keys = [value["file"] for value in values if isinstance(value, dict)]
    if keys:
        StoredFile.objects.filter(progress=progress, key__in=keys).delete()


def keep(
    progress: Progress,
    given: Mapping[str, Value],
    *,
    by: User | None,
    now: datetime,
    giver_name: str,
    asked: Asked | None = None,
) -> dict[str, Value]:
    """Write ``given`` beside what was given before; something empty takes back what was there.

    ``progress`` is locked by the caller. ``asked`` is what is asked of this giver: by default all that the step asks
    for. Says all that is given now. Raises ``EvidenceMissing`` as long as that is not all that is asked.
    """
    asked = Asked.of(progress.step) if asked is None else asked
    rows = rows_of(progress)
    news = {field.key: given[field.key] for field in asked.fields if field.key in given}
    whole = {key: row.value for key, row in rows.items()} | news
    whole = {key: value for key, value in whole.items() if value}
    if unmet := asked.unmet(whole):
        raise EvidenceMissing(unmet)
    same = {"given_at": now, "given_by": by, "giver_name": giver_name[:150]}
    changed = [key for key, value in news.items() if value and (key not in rows or rows[key].value != value)]
    Evidence.objects.bulk_create(
        [Evidence(progress=progress, step=progress.step, key=key, value=news[key], **same) for key in changed],
        update_conflicts=True,
        unique_fields=["progress", "step", "key"],
        update_fields=["value", *same],
    )
    taken_back = [row for key, row in rows.items() if key not in whole]
    if taken_back:
        Evidence.objects.filter(pk__in=[row.pk for row in taken_back]).delete()
    drop_files(progress, [row.value for row in (*taken_back, *(rows[key] for key in changed if key in rows))])
    return whole
