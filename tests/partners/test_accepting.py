from datetime import datetime, timedelta
from typing import Any

import pytest

from partners.accepting import PartnerHasLeft, accept
from partners.models import Activity, AuditEntry, Member, Partner
from partners.signals import partner_accepted, partners_changed


@pytest.fixture
def heard() -> Any:
    """What the floors above are told, in order."""
    told: list[tuple[str, dict[str, Any]]] = []

    def on_accepted(**what: Any) -> None:
        told.append(("accepted", what))

    def on_changed(**what: Any) -> None:
        told.append(("changed", what))

    partner_accepted.connect(on_accepted)
    partners_changed.connect(on_changed)
    yield told
    partner_accepted.disconnect(on_accepted)
    partners_changed.disconnect(on_changed)


def test_accepting_says_who_and_when(partner: Partner, manager: Member, now: datetime) -> None:
    later = now + timedelta(hours=1)
    accepted = accept(partner=partner, by=manager.user, now=later)
    assert (accepted.state, accepted.accepted_at, accepted.accepted_by) == ("accepted", later, manager.user)
    assert partner.activities.filter(kind=Activity.Kind.ACCEPTED, actor=manager.user, at=later).count() == 1
    assert AuditEntry.objects.filter(action="partner.accepted", by=manager.user, at=later).count() == 1


def test_the_floors_above_hear_of_it_once(partner: Partner, manager: Member, now: datetime, heard: Any) -> None:
    accept(partner=partner, by=manager.user, now=now, playbook="backup")
    accept(partner=partner, by=manager.user, now=now + timedelta(hours=5), playbook="backup")
    names = [name for name, _ in heard]
    assert names == ["accepted", "changed"]
    assert heard[0][1]["playbook"] == "backup"
    assert heard[1][1]["partner_ids"] == [partner.pk]
    partner.refresh_from_db()
    assert partner.accepted_at == now


def test_when_a_floor_above_fails_nothing_is_accepted(partner: Partner, manager: Member, now: datetime) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("no room")

    partner_accepted.connect(fail)
    try:
        with pytest.raises(RuntimeError, match="no room"):
            accept(partner=partner, by=manager.user, now=now)
    finally:
        partner_accepted.disconnect(fail)
    partner.refresh_from_db()
    assert partner.state == Partner.State.SIGNED
    assert not partner.activities.filter(kind=Activity.Kind.ACCEPTED).exists()


def test_who_left_is_not_accepted(partner: Partner, manager: Member, now: datetime) -> None:
    Partner.objects.filter(pk=partner.pk).update(state=Partner.State.LEFT, accepted_at=now)
    with pytest.raises(PartnerHasLeft):
        accept(partner=partner, by=manager.user, now=now)
