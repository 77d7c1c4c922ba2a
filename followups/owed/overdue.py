"""What fell overdue: whoever leads the partner hears of it once, at the bell, and so does the deputy."""

from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followups.bell.leaving import in_every_language, leave_note
from followups.models import Task
from followups.models.task import TaskQuerySet
from followups.owed.keeping import overdue_key
from followups.owed.saying import overdue_in_words
from partners.isolating import isolated

BATCH = 200


@transaction.atomic
def tell_overdue(*, now: datetime, limit: int = BATCH) -> int:
    """A batch of what fell overdue and was not told yet; says how many that were."""
    late: TaskQuerySet = Task.objects.owed().filter(due_at__lte=now, overdue_told_at=None).order_by("due_at")
    people = ("partner__vendor", "partner__manager__user", "partner__deputy__user", "progress__step")
    late = late.select_for_update(of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked)
    found = list(late.select_related(*people)[:limit])
    for task in found:
        _tell(task, now=now)
    Task.objects.filter(pk__in=[task.pk for task in found]).update(overdue_told_at=now)
    return len(found)


def _tell(task: Task, *, now: datetime) -> None:
    partner, progress = task.partner, task.progress
    assert progress is not None  # noqa: S101 - a constraint says so

    def write() -> tuple[str, str]:
        step = progress.step.title(get_language() or "en")
        subject = _("Overdue: %(company)s waits for you at “%(step)s”")
        return subject % {"company": isolated(partner.company), "step": step}, overdue_in_words(task)

    texts = in_every_language(write)
    key = f"{overdue_key(task)}{task.due_at:%Y-%m-%d}:{{}}"  # once for each day it was due on
    page = reverse("desk-today-owed", args=[partner.vendor.slug])
    for member in filter(None, (partner.manager, partner.deputy)):
        leave_note(member=member, texts=texts, leads_to=page, key=key.format(member.pk), now=now)
