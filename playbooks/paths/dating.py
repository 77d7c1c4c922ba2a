"""When steps in play fall due: written to their rows as soon as it is known."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from playbooks.models import Enrollment, Progress
from playbooks.models.progress import ProgressQuerySet
from playbooks.paths.due import due_of, hours_of


def date_opening(opening: Sequence[Progress], *, enrollment: Enrollment) -> None:
    """Of steps of one walk that open now, each read with its step; not saved. One query where one counts from another.

    ``enrollment`` is read with its partner and vendor.
    """
    counting_from = {due.step for progress in opening if (due := due_of(progress.step.due)) is not None and due.step}
    settled = _settled(enrollment, counting_from)
    for progress in opening:
        progress.due_at = due_at(progress, enrollment=enrollment, settled=settled)


def date_waiting(settled: Progress) -> None:
    """What is in play already and counts from this step, which is settled now, is dated; one query, or two."""
    key, enrollment = settled.step.key, settled.enrollment
    waiting = Progress.objects.in_play().filter(enrollment=enrollment, due_at=None, step__due__step=key)
    for progress in waiting.exclude(pk=settled.pk).select_related("step"):
        progress.due_at = due_at(progress, enrollment=enrollment, settled={key: settled.settled_at})
        progress.save(update_fields=["due_at"])


def date_anew(rows: ProgressQuerySet) -> None:
    """Of steps in play that say something else now, of any number of walks; three queries."""
    changed = list(rows.in_play().select_related("step", "enrollment__partner__vendor"))
    keys = {due.step for progress in changed if (due := due_of(progress.step.due)) is not None and due.step}
    settled: dict[int, dict[str, datetime | None]] = defaultdict(dict)
    if keys:
        there = Progress.objects.filter(enrollment__in=[progress.enrollment_id for progress in changed])
        there = there.filter(step__key__in=keys, settled_at__isnull=False)
        for enrollment, key, at in there.values_list("enrollment", "step__key", "settled_at"):
            settled[enrollment][key] = at
    for progress in changed:
        theirs = settled[progress.enrollment_id]
        progress.due_at = due_at(progress, enrollment=progress.enrollment, settled=theirs)
    Progress.objects.bulk_update(changed, ["due_at"], batch_size=500)


def due_at(progress: Progress, *, enrollment: Enrollment, settled: Mapping[str, datetime | None]) -> datetime | None:
    due = due_of(progress.step.due)
    if due is None:
        return None
    return due.at(started_at=enrollment.started_at, settled=settled, hours=hours_of(enrollment.partner))


def _settled(enrollment: Enrollment, keys: set[str]) -> dict[str, datetime | None]:
    if not keys:
        return {}
    rows = Progress.objects.filter(enrollment=enrollment, step__key__in=keys, settled_at__isnull=False)
    return dict(rows.values_list("step__key", "settled_at"))
