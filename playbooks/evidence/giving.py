"""What a person gives as evidence: kept as rows until the step is done, and frozen then."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from partners.models import User
from partners.prepared import Prepared
from playbooks.evidence.fields import Asked, Value
from playbooks.models import Evidence, Progress


class EvidenceMissing(Exception):
    """Something that the step asks for is missing, or not right yet; ``keys`` says which fields."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


ROWS = Prepared(lambda progress, step: Evidence.objects.filter(progress=progress, step=step), int, int)


def rows_of(progress: Progress) -> dict[str, Evidence]:
    """By the field's key; of the step that is walked now. One query, or none where nothing is asked for."""
    if not progress.step.evidence:
        return {}
    return {row.key: row for row in ROWS(progress.pk, progress.step_id)}


def keep(
    progress: Progress, given: Mapping[str, Value], *, by: User | None, now: datetime, giver_name: str
) -> dict[str, Value]:
    """Write ``given`` beside what was given before; something empty takes back what was there.

    ``progress`` is locked by the caller. Says all that is given now. Raises ``EvidenceMissing`` as long as that is
    not all that the step asks for.
    """
    asked = Asked.of(progress.step)
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
    taken_back = [row.pk for key, row in rows.items() if key not in whole]
    if taken_back:
        Evidence.objects.filter(pk__in=taken_back).delete()
    return whole
