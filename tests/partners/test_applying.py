from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners.applying import (
    AlreadyDecided,
    NoConversation,
    NotYetHeld,
    ReasonMissing,
    accept_application,
    apply,
    decline,
    record_conversation,
    withdraw,
)
from partners.models import Application, AuditEntry, Member, Partner, Vendor
from partners.registering import OtherVendors
from partners.signals import partner_accepted


@pytest.fixture
def talked(application: Application, manager: Member, now: datetime) -> Application:
    return record_conversation(
        application=application, interviewer=manager, held_at=now, notes="Knows the trade.", by=manager, now=now
    )


def test_an_application_waits_for_a_person(application: Application, vendor: Vendor) -> None:
    assert application.state == Application.State.APPLIED
    assert not Partner.objects.of(vendor).exists()


def test_applying_twice_keeps_the_first(application: Application, vendor: Vendor, now: datetime) -> None:
    again = apply(vendor=vendor, company="Else", contact_name="H", email="HANNA@hafen.example", now=now)
    assert again == application
    assert Application.objects.get().company == "Hafen IT"


def test_after_a_no_one_may_apply_again(application: Application, manager: Member, now: datetime) -> None:
    decline(application=application, reason="No time this year.", by=manager, now=now)
    apply(vendor=application.vendor, company="Hafen IT", contact_name="H", email=application.email, now=now)
    assert Application.objects.count() == 2


def test_without_a_conversation_there_is_no_yes(application: Application, manager: Member, now: datetime) -> None:
    with pytest.raises(NoConversation):
        accept_application(application=application, by=manager, now=now)
    assert not Partner.objects.exists()


@pytest.mark.parametrize(
    "forged",
    [
        {"state": "accepted"},
        {"state": "conversation_held"},
        {"state": "assessed"},
        {"conversation_at": datetime.fromisoformat("2026-03-03T09:00+00:00")},
    ],
)
def test_the_database_itself_refuses_a_way_around(application: Application, forged: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(**forged)


def test_the_database_wants_to_know_who_said_yes(talked: Application, now: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=talked.pk).update(state="accepted", decided_at=now)


def test_whoever_says_yes_leads_the_partner(talked: Application, manager: Member, now: datetime) -> None:
    partner = accept_application(application=talked, by=manager, now=now)
    talked.refresh_from_db()
    assert (partner.state, partner.manager, partner.accepted_by) == ("accepted", manager, manager.user)
    assert (talked.state, talked.decided_by, talked.partner) == ("accepted", manager, partner)
    assert partner.contacts.get(is_primary=True).email == "hanna@hafen.example"
    assert AuditEntry.objects.filter(action="application.accepted", by=manager.user).count() == 1


def test_a_second_yes_changes_nothing(talked: Application, manager: Member, owner: Member, now: datetime) -> None:
    first = accept_application(application=talked, by=manager, now=now)
    assert accept_application(application=talked, by=owner, now=now) == first
    assert first.manager == manager
    assert Partner.objects.count() == 1


def test_the_sponsor_is_of_the_same_programme(
    talked: Application, manager: Member, partner: Partner, now: datetime
) -> None:
    assert accept_application(application=talked, by=manager, sponsor=partner, now=now).sponsor == partner


def test_when_the_start_fails_there_is_no_partner(talked: Application, manager: Member, now: datetime) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("no playbook")

    partner_accepted.connect(fail)
    try:
        with pytest.raises(RuntimeError, match="no playbook"):
            accept_application(application=talked, by=manager, now=now)
    finally:
        partner_accepted.disconnect(fail)
    talked.refresh_from_db()
    assert talked.state == Application.State.CONVERSATION_HELD
    assert not Partner.objects.exists()


def test_a_conversation_is_recorded_after_it_was_held(application: Application, manager: Member, now: datetime) -> None:
    with pytest.raises(NotYetHeld):
        record_conversation(
            application=application,
            interviewer=manager,
            held_at=now + timedelta(minutes=1),
            notes="",
            by=manager,
            now=now,
        )


def test_the_interviewer_works_there(
    application: Application, stranger: Member, manager: Member, now: datetime
) -> None:
    with pytest.raises(OtherVendors):
        record_conversation(application=application, interviewer=stranger, held_at=now, notes="", by=manager, now=now)


def test_a_record_can_be_corrected(talked: Application, owner: Member, now: datetime) -> None:
    corrected = record_conversation(
        application=talked, interviewer=owner, held_at=now, notes="It was me.", by=owner, now=now
    )
    assert (corrected.interviewer, corrected.conversation_notes) == (owner, "It was me.")


def test_a_no_says_why(application: Application, manager: Member, now: datetime) -> None:
    with pytest.raises(ReasonMissing):
        decline(application=application, reason="  ", by=manager, now=now)
    declined = decline(application=application, reason="Competes with us.", by=manager, now=now)
    assert (declined.state, declined.decision_reason) == ("declined", "Competes with us.")


def test_a_decision_stands(application: Application, manager: Member, now: datetime) -> None:
    withdraw(application=application, reason="Found another job.", by=manager, now=now)
    with pytest.raises(AlreadyDecided):
        decline(application=application, reason="No.", by=manager, now=now)
    with pytest.raises(AlreadyDecided):
        accept_application(application=application, by=manager, now=now)
    with pytest.raises(AlreadyDecided):
        record_conversation(application=application, interviewer=manager, held_at=now, notes="", by=manager, now=now)
