"""What waits to be sent and is for somebody else at the partner by now: a role passed on, or is asked for no more."""

from collections.abc import Collection, Mapping
from datetime import datetime

from followups.engine.cadences import OF_NO_CADENCE, cadences_of
from followups.engine.composing import audience_of
from followups.engine.levels import Place, parts_of
from followups.engine.planning import plan_anew
from followups.engine.waiting import asked_by, only_answers
from followups.models import FollowUp, Touch
from followups.models.followup import FollowUpQuerySet
from partners.models import Contact
from partners.roles import best_for, people_with


def roles_of_touches(followups: Collection[FollowUp]) -> dict[int, str]:
    """By follow-up: the role that its touch names itself, of those that name one.

    To be read before steps are locked, since it may be a lot: one query where no touch of these vendors names a role,
    else two or three.
    """
    theirs = [one for one in followups if _follows_role(one)]
    vendors = {one.vendor_id for one in theirs}
    naming = Touch.objects.filter(cadence__vendor__among=vendors, is_active=True).exclude(role="")
    vendors = set(naming.order_by().values_list("cadence__vendor", flat=True).distinct()) if theirs else set()
    if not vendors:
        return {}
    cadences = cadences_of(vendors)
    parts = parts_of({one.progress_id or 0 for one in theirs if one.vendor_id in cadences.narrow})
    rules = {one.pk: cadences.rule(one.vendor_id, _place(one, parts), one.kind) for one in theirs}
    return {pk: rule.role for pk, rule in rules.items() if rule is not None and rule.role}


def passed_on(
    followups: Collection[FollowUp],
    roles: Mapping[int, str],
    *,
    of_touches: Mapping[int, str],
    primaries: Mapping[int, int],
    to_answer: Collection[int],
) -> frozenset[int]:
    """Of these, the keys of those that another person at the partner is to get now.

    ``roles`` are those of the steps, empty where one is for anyone, ``of_touches`` those that touches name themselves,
    ``primaries`` the contacts whom the playbook talks to, by partner, and ``to_answer`` the steps in which there is
    only something to answer: that is up to who asked. One query, or two; none where no role is asked for.
    """
    theirs = [one for one in followups if _follows_role(one) and one.progress_id in roles]
    wanted = {one.pk: of_touches.get(one.pk) or roles[one.progress_id or 0] for one in theirs}
    asked = asked_by(
        {one.progress_id or 0 for one in theirs if one.progress_id in to_answer and one.pk not in of_touches}
    )
    partners = {one.partner_id for one in theirs if wanted[one.pk]}
    people = people_with(partners, set(wanted.values()) - {""}) if partners else {}
    found = set()
    for one in theirs:
        best = best_for(wanted[one.pk], people.get(one.partner_id, ()))
        meant = best.pk if best is not None else primaries.get(one.partner_id)
        if one.progress_id in asked and one.pk not in of_touches:
            meant = asked[one.progress_id].pk
        if meant is not None and meant != one.contact_id:
            found.add(one.pk)
    return frozenset(found)


def hand_on(followups: FollowUpQuerySet, *, now: datetime) -> None:
    """Plan anew which of these somebody else is to get from now on; the others stay as they are planned."""
    planned = followups.scheduled().filter(due_at__gt=now, progress__isnull=False, contact__isnull=False)
    rows = list(planned.exclude(kind__in=OF_NO_CADENCE).select_related("contact", "enrollment", "progress__step"))
    if not rows:
        return
    steps = {one.progress.pk: one.progress for one in rows if one.progress is not None}
    roles = {pk: step.step.role for pk, step in steps.items()}
    to_answer = {pk for pk, step in steps.items() if only_answers(step)}
    theirs = Contact.objects.filter(partner__in={one.partner_id for one in rows}, is_primary=True, left_at=None)
    primaries = dict(theirs.values_list("partner", "pk"))
    named = roles_of_touches(rows)
    others = passed_on(rows, roles, of_touches=named, primaries=primaries, to_answer=to_answer)
    gone = {one.pk for one in rows if one.contact is not None and one.contact.left_at is not None}
    if others | gone:
        plan_anew(FollowUp.objects.filter(pk__in=others | gone), because=FollowUp.Reason.HANDED_ON, now=now)


def _follows_role(followup: FollowUp) -> bool:
    is_of_step = followup.progress_id is not None and followup.kind not in OF_NO_CADENCE
    return is_of_step and audience_of(followup) == Touch.To.PARTNER


def _place(followup: FollowUp, parts: Mapping[int, tuple[str, str]]) -> Place:
    playbook = followup.enrollment.playbook_id if followup.enrollment else None
    return Place(playbook, *parts.get(followup.progress_id or 0, ()))
