"""One more word to a partner who was stuck and has an answer already, so that no answer is lost."""

from datetime import datetime

from django.db import transaction

from partners.models import Activity, User
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn
from playbooks.signals import step_helped
from playbooks.walking import NotYourMove, ReasonMissing, hold, write_down


@transaction.atomic
def add_help(*, progress: Progress, answer: str, by: User | None, now: datetime) -> bool:
    """It reaches them as the first answer did. The same words twice are said once.

    Raises ``NotYourMove`` where it is not their turn any more, and ``ReasonMissing`` without words.
    """
    answer = answer.strip()
    if not answer:
        raise ReasonMissing
    progress = hold(progress)
    last = last_help(progress)
    if last is not None and last.note == answer:
        return False
    is_theirs = progress.is_in_play and progress.turn == Turn.PARTNER
    if last is None or not is_theirs or progress.enrollment.state != Enrollment.State.RUNNING:
        raise NotYourMove
    write_down(progress, Activity.Kind.HELPED, Turn.VENDOR, by=by, now=now, note=answer)
    step_helped.send(sender=Progress, progress=progress, now=now)
    return True


def last_help(progress: Progress) -> Activity | None:
    """What they were answered last in this step."""
    helped = Activity.objects.filter(partner=progress.enrollment.partner_id, kind=Activity.Kind.HELPED)
    return helped.filter(data__progress=progress.pk).order_by("-at", "-pk").first()
