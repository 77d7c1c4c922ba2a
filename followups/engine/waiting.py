"""What a partner only has to answer in a step that is done for them: a quote, or what was delivered."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

from django.db.models import F, Max

from followups.engine.cadences import ANSWER
from followups.models import FollowUp
from partners.models import Contact
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


class Answerable(Protocol):
    """A step, or what is known of where it stands."""

    @property
    def state(self) -> str: ...
    @property
    def turn(self) -> str: ...


def only_answers(progress: Answerable) -> bool:
    """Whether all that is left for the partner to do is to say yes or no."""
    return progress.state == Progress.State.HANDED_OVER and progress.turn == Turn.PARTNER


def asked_by(steps: Collection[int]) -> dict[int, Contact]:
    """By step, of those among these in which there is only something to answer: who asked for it and is there still.

    One query, or none.
    """
    if not steps:
        return {}
    rows = Handover.objects.filter(
        progress__in=steps,
        state__in=ANSWERED_BY_THEM,
        contact__left_at=None,
        contact__partner=F("progress__enrollment__partner"),
    )
    return {row.progress_id: row.contact for row in rows.select_related("contact__partner") if row.contact is not None}


def waiting_among(followups: Collection[FollowUp]) -> dict[int, Waiting]:
    """By step: what reminders among these have to say instead of what the step is about. One query if there are any."""
    steps = {one.progress_id for one in followups if one.kind != ANSWER and one.progress and only_answers(one.progress)}
    if not steps:
        return {}
    rows = Handover.objects.filter(progress__in=steps, state__in=ANSWERED_BY_THEM).annotate(since=Max("moves__at"))
    told = ("progress", "state", "since", "amount", "currency", "ready_on")
    return {pk: Waiting(Handover.State(state), *rest) for pk, state, *rest in rows.values_list(*told)}
