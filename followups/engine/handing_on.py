"""What waits to be sent and is for somebody else at the partner by now: a role passed on, or is asked for no more."""

from collections.abc import Collection, Mapping

from followups.engine.cadences import OF_NO_CADENCE, cadences_of
from followups.engine.composing import audience_of
from followups.engine.levels import Place, parts_of
from followups.models import FollowUp, Touch
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
) -> frozenset[int]:
    """Of these, the keys of those that another person at the partner is to get now.

    ``roles`` are those of the steps, empty where one is for anyone, ``of_touches`` those that touches name themselves,
    and ``primaries`` the contacts whom the playbook talks to, by partner. One query; none where no role is asked for.
    """
    theirs = [one for one in followups if _follows_role(one) and one.progress_id in roles]
    wanted = {one.pk: of_touches.get(one.pk) or roles[one.progress_id or 0] for one in theirs}
    partners = {one.partner_id for one in theirs if wanted[one.pk]}
    people = people_with(partners, set(wanted.values()) - {""}) if partners else {}
    found = set()
    for one in theirs:
        best = best_for(wanted[one.pk], people.get(one.partner_id, ()))
        meant = best.pk if best is not None else primaries.get(one.partner_id)
        if meant is not None and meant != one.contact_id:
            found.add(one.pk)
    return frozenset(found)


def _follows_role(followup: FollowUp) -> bool:
    is_of_step = followup.progress_id is not None and followup.kind not in OF_NO_CADENCE
    return is_of_step and audience_of(followup) == Touch.To.PARTNER


def _place(followup: FollowUp, parts: Mapping[int, tuple[str, str]]) -> Place:
    playbook = followup.enrollment.playbook_id if followup.enrollment else None
    return Place(playbook, *parts.get(followup.progress_id or 0, ()))
