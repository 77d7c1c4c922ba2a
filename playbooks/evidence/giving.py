"""What a person gives as evidence: kept as rows until the step is done, and frozen then."""

from collections.abc import Mapping, Sequence
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
    return put_files(progress, checked, by=by, now=now, giver_name=giver_name)


def put_files(
    progress: Progress, checked: Mapping[str, Checked], *, by: User | None, now: datetime, giver_name: str
) -> dict[str, Value]:
    """As ``attach``, for a step that the caller holds and has looked at."""
    before, kept = rows_of(progress), {}
    for key, each in checked.items():
        stored = store(each, progress=progress, by=by, now=now)
        kept[key] = {"file": stored.key, "name": stored.name, "size": stored.size}
        told = {"value": kept[key], "given_at": now, "given_by": by, "giver_name": giver_name[:150]}
        Evidence.objects.update_or_create(progress=progress, step=progress.step, key=key, defaults=told)
        if key in before:
            StoredFile.objects.filter(progress=progress, key=before[key].value["file"]).delete()
    return dict(kept)


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
        files = [row.value["file"] for row in taken_back if isinstance(row.value, dict)]
        StoredFile.objects.filter(progress=progress, key__in=files).delete()
    return whole


def take_out_since(progress: Progress, since: datetime) -> None:
    """What was given from then on never came to anything. ``progress`` is locked by the caller."""
    rows = [row for row in rows_of(progress).values() if row.given_at >= since]
    if not rows:
        return
    Evidence.objects.filter(pk__in=[row.pk for row in rows]).delete()
    files = [row.value["file"] for row in rows if isinstance(row.value, dict)]
    StoredFile.objects.filter(progress=progress, key__in=files).delete()
