"""The welcome: one mail to a partner who was accepted, with the first step and the person who is there for them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from followups.engine.archiving import partners_with
from followups.engine.cadences import WELCOME
from followups.engine.planning import at_a_waking_hour
from followups.engine.waking import wake_on_commit
from followups.engine.writing import add_follow_ups
from partners.roles import contacts_for
from playbooks.models import Enrollment, Progress
from playbooks.models.step import Turn


def welcome_accepted(*, partner_ids: Collection[int], now: datetime) -> None:
    """Plan the welcome of partners whose first step is theirs; as many queries for a thousand as for one."""
    steps = Progress.objects.in_play().filter(enrollment__partner__in=partner_ids, turn=Turn.PARTNER)
    running = steps.filter(enrollment__state=Enrollment.State.RUNNING)
    theirs = running.select_related("enrollment__partner").prefetch_related("enrollment__partner__vendor")
    _plan(theirs.order_by("enrollment__started_at", "position", "pk"), now=now)


def welcome_late(*, steps: Sequence[Progress], now: datetime) -> None:
    """Plan it with the first step that is the partner's, where a step of somebody else's came before it."""
    later = {step.pk: step for step in steps if step.turn == Turn.PARTNER and step.position > 0}
    if not later:
        return
    earlier = Progress.objects.filter(
        enrollment=OuterRef("enrollment"), opened_at__isnull=False, step__who=Turn.PARTNER
    ).exclude(pk=OuterRef("pk"))
    first = Progress.objects.filter(~Exists(earlier), pk__in=later).values_list("pk", flat=True)
    _plan([later[pk] for pk in first], now=now)


def _plan(steps: Iterable[Progress], *, now: datetime) -> None:
    """One for each partner, who is welcomed once whatever they walk later."""
    first: dict[int, Progress] = {}
    for step in steps:
        first.setdefault(step.enrollment.partner_id, step)
    if not first:
        return
    for partner in partners_with(WELCOME, among=first):
        del first[partner]
    people = contacts_for(first)
    followups = [at_a_waking_hour(first[pk], contact, kind=WELCOME, now=now) for pk, contact in people.items()]
    if followups:
        add_follow_ups(followups)
        wake_on_commit()
