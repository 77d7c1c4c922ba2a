"""Correcting a partner and its contact: what hangs on the address goes with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from partners.editing import edit_partner
from partners.inviting import invite_contact
from partners.models import Contact, Member, Partner, User, Vendor
from partners.signals import partner_zone_changed

MakeUser = Callable[..., User]


def readdress(partner: Partner, by: Member, now: datetime, email: str) -> Contact:
    edit_partner(partner=partner, changes={"contact_name": "Bob", "contact_email": email}, by=by.user, now=now)
    return partner.contacts.get()


def test_another_address_ends_the_old_persons_login(
    partner: Partner, manager: Member, make_user: MakeUser, now: datetime
) -> None:
    rita = make_user("rita@sued.example")
    partner.contacts.update(user=rita)
    assert readdress(partner, manager, now, "RITA@sued.example").user == rita
    assert readdress(partner, manager, now, "bob@sued.example").user is None


def test_who_has_verified_the_new_address_has_the_login(
    partner: Partner, manager: Member, make_user: MakeUser, now: datetime
) -> None:
    partner.contacts.update(user=make_user("rita@sued.example"))
    bob = make_user("bob@sued.example")
    assert readdress(partner, manager, now, "bob@sued.example").user == bob


def test_open_invitations_to_the_old_address_are_revoked(partner: Partner, manager: Member, now: datetime) -> None:
    invitation = invite_contact(contact=partner.contacts.get(), by=manager.user, now=now)
    readdress(partner, manager, now, "bob@sued.example")
    readdress(partner, manager, now, "rita@sued.example")
    invitation.refresh_from_db()
    assert invitation.revoked_at == now


def test_a_new_zone_or_country_is_told(partner: Partner, manager: Member, now: datetime) -> None:
    told: list[str] = []

    def on_change(*, partner: Partner, now: datetime, **_: Any) -> None:
        told.append(partner.time_zone)

    partner_zone_changed.connect(on_change)
    for changes in ({"country": "AT"}, {"time_zone": "Europe/Rome"}, {"time_zone": "Europe/Rome"}, {"phone": "1"}):
        edit_partner(partner=partner, changes=changes, by=manager.user, now=now)
    partner_zone_changed.disconnect(on_change)
    assert told == ["Europe/Vienna", "Europe/Rome"]


def test_a_circle_further_up_does_not_lock_the_form(
    partner: Partner, vendor: Vendor, manager: Member, now: datetime
) -> None:
    known = {"vendor": vendor, "manager": manager, "signed_at": now}
    first = Partner.objects.create(company="First", **known)
    second = Partner.objects.create(company="Second", sponsor=first, **known)
    Partner.objects.filter(pk=first.pk).update(sponsor=second)
    first.refresh_from_db()
    for row, sponsor in ((first, second), (partner, first)):
        edit_partner(partner=row, changes={"sponsor": sponsor, "phone": "1"}, by=manager.user, now=now)
        assert Partner.objects.get(pk=row.pk).phone == "1"
