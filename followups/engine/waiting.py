"""What a partner only has to answer in a step that is done for them: a quote, or what was delivered."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import Max

from followups.engine.cadences import ANSWER
from followups.models import FollowUp
from playbooks.models import Handover, Progress
from playbooks.models.step import Turn

ANSWERED_BY_THEM = (Handover.State.QUOTED, Handover.State.DELIVERED)


class Waiting(NamedTuple):
    """``state`` is quoted or delivered. Of a quote: what it would cost, and by when it would be ready."""

    state: Handover.State
    since: datetime
    amount: Decimal | None
    currency: str
    ready_on: date | None


NOTHING_WAITS: Final[Mapping[int, Waiting]] = {}


def only_answers(progress: Progress) -> bool:
    """Whether all that is left for the partner to do is to say yes or no."""
    return progress.state == Progress.State.HANDED_OVER and progress.turn == Turn.PARTNER


def waiting_among(followups: Collection[FollowUp]) -> dict[int, Waiting]:
    """By step: what reminders among these have to say instead of what the step is about. One query if there are any."""
    steps = {one.progress_id for one in followups if one.kind != ANSWER and one.progress and only_answers(one.progress)}
    if not steps:
        return {}
    rows = Handover.objects.filter(progress__in=steps, state__in=ANSWERED_BY_THEM).annotate(since=Max("moves__at"))
    told = ("progress", "state", "since", "amount", "currency", "ready_on")
    return {pk: Waiting(Handover.State(state), *rest) for pk, state, *rest in rows.values_list(*told)}
