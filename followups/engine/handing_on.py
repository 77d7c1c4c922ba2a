"""What waits to be sent and is for somebody else at the partner by now: the role of a step has passed on."""

from collections.abc import Collection, Mapping

from followups.engine.cadences import OF_NO_ROLE, cadences_of
from followups.engine.composing import audience_of
from followups.engine.levels import Place, parts_of
from followups.models import FollowUp, Touch
from partners.roles import best_for, people_with


def passed_on(followups: Collection[FollowUp], roles: Mapping[int, str]) -> frozenset[int]:
    """Of these, the keys of those that another person at the partner is to get now; ``roles`` are those of the steps.

    Two queries, or three; none where no step is for a role.
    """
    about = {
        one.pk: roles[one.progress_id]
        for one in followups
        if one.progress_id is not None
        and one.progress_id in roles
        and one.kind not in OF_NO_ROLE
        and audience_of(one) == Touch.To.PARTNER
    }
    if not about:
        return frozenset()
    theirs = [one for one in followups if one.pk in about]
    cadences = cadences_of({one.vendor_id for one in theirs})
    parts = parts_of({one.progress_id or 0 for one in theirs if one.vendor_id in cadences.narrow})
    people = people_with({one.partner_id for one in theirs}, {*about.values(), *cadences.roles})
    found = set()
    for one in theirs:
        playbook = one.enrollment.playbook_id if one.enrollment else None
        rule = cadences.rule(one.vendor_id, Place(playbook, *parts.get(one.progress_id or 0, ())), one.kind)
        role = rule.audience(about[one.pk])[1] if rule is not None else about[one.pk]
        best = best_for(role, people.get(one.partner_id, ()))
        if best is not None and best.pk != one.contact_id:
            found.add(one.pk)
    return frozenset(found)
