"""The partner's goal, in the partner's own words: asked for at kick-off and kept in sight."""

from datetime import date, datetime

from django.db import transaction

from partners.models import Activity, User
from partners.recording import record_activity
from partners.signals import partners_changed
from playbooks.models import Enrollment


@transaction.atomic
def write_goal(
    *,
    enrollment: Enrollment,
    goal: str,
    goal_by: date | None,
    goal_why: str,
    by: User | None,
    now: datetime,
    actor_name: str = "",
) -> bool:
    """Keep the answers to the three questions; says whether anything changed. Earlier words stay in the log."""
    enrollment = (
        Enrollment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("partner__vendor")
        .get(pk=enrollment.pk)
    )
    words = (goal.strip(), goal_by, goal_why.strip())
    if words == (enrollment.goal, enrollment.goal_by, enrollment.goal_why):
        return False
    enrollment.goal, enrollment.goal_by, enrollment.goal_why = words
    enrollment.save(update_fields=["goal", "goal_by", "goal_why"])
    record_activity(
        partner=enrollment.partner,
        kind=Activity.Kind.GOAL,
        side=Activity.Side.PARTNER,
        by=by,
        now=now,
        actor_name=actor_name,
        note=enrollment.goal,
        enrollment=enrollment.pk,
        by_when=goal_by.isoformat() if goal_by else "",
        why=enrollment.goal_why,
    )
    vendor = enrollment.partner.vendor
    partners_changed.send(sender=Enrollment, vendor=vendor, partner_ids=[enrollment.partner_id], now=now)
    return True
