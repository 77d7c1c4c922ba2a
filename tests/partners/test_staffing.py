from datetime import datetime
from typing import Any

import pytest

from followups.dashboards.timeline import timeline
from partners.editing import edit_partner
from partners.models import Activity, AuditEntry, Member, Partner
from partners.signals import partners_changed
from partners.staffing import LastOwner, SuccessorMissing, change_role, hand_over, remove_member


def test_the_last_owner_stays(owner: Member, manager: Member, now: datetime) -> None:
    with pytest.raises(LastOwner):
        remove_member(member=owner, successor=manager, by=owner.user, now=now)
    with pytest.raises(LastOwner):
        change_role(member=owner, role="manager", by=owner.user, now=now)


def test_an_owner_may_go_when_there_is_another(owner: Member, manager: Member, now: datetime) -> None:
    change_role(member=manager, role="owner", by=owner.user, now=now)
    remove_member(member=owner, successor=None, by=owner.user, now=now)
    assert list(Member.objects.of(owner.vendor)) == [manager]


def test_whoever_goes_hands_their_partners_over(
    partner: Partner, owner: Member, manager: Member, now: datetime
) -> None:
    told: list[Any] = []

    def on_changed(**what: Any) -> None:
        told.append(what["partner_ids"])

    partners_changed.connect(on_changed)
    remove_member(member=manager, successor=owner, by=owner.user, now=now)
    partners_changed.disconnect(on_changed)
    partner.refresh_from_db()
    manager.refresh_from_db()
    assert (partner.manager, manager.left_at, told) == (owner, now, [[partner.pk]])
    assert AuditEntry.objects.get(action="partners.handed_over").data == {"to": str(owner), "count": 1}


def test_no_partner_is_left_without_somebody(
    partner: Partner, owner: Member, manager: Member, viewer: Member, stranger: Member, now: datetime
) -> None:
    for successor in (None, manager, viewer, stranger):
        with pytest.raises(SuccessorMissing):
            remove_member(member=manager, successor=successor, by=owner.user, now=now)
    manager.refresh_from_db()
    assert manager.left_at is None


def test_a_new_viewer_leads_nobody(partner: Partner, owner: Member, manager: Member, now: datetime) -> None:
    with pytest.raises(SuccessorMissing):
        change_role(member=manager, role="viewer", by=owner.user, now=now)
    change_role(member=manager, role="viewer", successor=owner, by=owner.user, now=now)
    partner.refresh_from_db()
    assert partner.manager == owner


def test_nobody_is_deputy_of_themselves(partner: Partner, owner: Member, manager: Member, now: datetime) -> None:
    Partner.objects.filter(pk=partner.pk).update(deputy=owner)
    assert hand_over(member=manager, successor=owner, by=owner.user, now=now) == 1
    partner.refresh_from_db()
    assert (partner.manager, partner.deputy) == (owner, None)


def test_who_leads_from_now_on_is_in_the_partners_history(
    partner: Partner, owner: Member, manager: Member, now: datetime
) -> None:
    edit_partner(partner=partner, changes={"manager": owner}, by=manager.user, now=now)
    edit_partner(partner=partner, changes={"manager": owner}, by=manager.user, now=now)
    hand_over(member=owner, successor=manager, by=owner.user, now=now)
    told = Activity.objects.filter(partner=partner, kind=Activity.Kind.LED).order_by("pk")
    names = {"before": str(manager), "after": str(owner)}
    back = {"before": str(owner), "after": str(manager)}
    assert [(one.data, one.actor, one.side) for one in told] == [
        (names, manager.user, "vendor"),
        (back, owner.user, "vendor"),
    ]
    shown = timeline(partner=partner, after="", language="en").entries
    assert f"{owner} leads this partner from now on, after {manager}" in [entry.what for entry in shown]
    assert str(manager) in [entry.who for entry in shown]


def test_removing_twice_changes_nothing(owner: Member, viewer: Member, now: datetime) -> None:
    remove_member(member=viewer, by=owner.user, now=now)
    remove_member(member=viewer, by=owner.user, now=now)
    assert AuditEntry.objects.filter(action="member.removed").count() == 1


def test_the_same_role_again_changes_nothing(owner: Member, viewer: Member, now: datetime) -> None:
    change_role(member=viewer, role="viewer", by=owner.user, now=now)
    assert not AuditEntry.objects.filter(action="member.role_changed").exists()
