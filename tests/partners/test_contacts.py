"""A partner's people: one more, another role, and whoever left."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from partners.editing import ContactThereAlready
from partners.inviting import invite_contact
from partners.joining import TalkedTo, change, join, leave
from partners.models import AuditEntry, Contact, Member, Partner, User, Vendor

SignIn = Callable[[Member | User], Client]
ANNA = {"name": "Anna Berg", "email": "Anna@Sued.example", "phone": "", "role": "sales"}


@pytest.fixture
def anna(partner: Partner, manager: Member, now: datetime) -> Contact:
    return join(partner=partner, by=manager.user, now=now, **ANNA)


def test_one_more_person_has_a_role_and_is_not_whom_the_playbook_talks_to(anna: Contact, partner: Partner) -> None:
    anna.refresh_from_db()
    assert (anna.email, anna.role, anna.is_primary) == ("anna@sued.example", "sales", False)
    assert partner.contacts.filter(is_primary=True).count() == 1
    assert AuditEntry.objects.get(action="contact.joined").data["role"] == "sales"


def test_who_has_verified_the_address_can_sign_in_at_once(
    partner: Partner, manager: Member, now: datetime, make_user: Callable[..., User]
) -> None:
    user = make_user("anna@sued.example")
    join(partner=partner, by=manager.user, now=now, **ANNA)
    assert partner.contacts.get(email="anna@sued.example").user == user


def test_the_first_person_is_whom_the_playbook_talks_to(partner: Partner, manager: Member, now: datetime) -> None:
    partner.contacts.all().delete()
    assert join(partner=partner, by=manager.user, now=now, **ANNA).is_primary


def test_nobody_is_there_twice_and_who_left_comes_back(anna: Contact, manager: Member, now: datetime) -> None:
    with pytest.raises(ContactThereAlready):
        join(partner=anna.partner, by=manager.user, now=now, **ANNA)
    leave(contact=anna, by=manager.user, now=now)
    back = join(partner=anna.partner, by=manager.user, now=now, **(ANNA | {"role": "technical"}))
    back.refresh_from_db()
    assert (back.pk, back.left_at, back.role) == (anna.pk, None, "technical")


def test_another_role_is_written_down_and_the_same_again_is_nothing(
    anna: Contact, manager: Member, now: datetime
) -> None:
    given = {"name": "Anna Berg", "phone": "", "role": "finance"}
    assert change(contact=anna, by=manager.user, now=now, **given)
    assert not change(contact=anna, by=manager.user, now=now, **given)
    assert AuditEntry.objects.get(action="contact.changed").data["changed"] == {"role": ["sales", "finance"]}


def test_who_left_is_gone_with_their_invitations(anna: Contact, manager: Member, now: datetime) -> None:
    invitation = invite_contact(contact=anna, by=manager.user, now=now)
    leave(contact=anna, by=manager.user, now=now)
    leave(contact=anna, by=manager.user, now=now)
    invitation.refresh_from_db()
    assert (invitation.revoked_at, AuditEntry.objects.filter(action="contact.left").count()) == (now, 1)


def test_whom_the_playbook_talks_to_does_not_simply_leave(partner: Partner, manager: Member, now: datetime) -> None:
    with pytest.raises(TalkedTo):
        leave(contact=partner.contacts.get(), by=manager.user, now=now)


def test_the_pages_do_all_three(sign_in: SignIn, manager: Member, vendor: Vendor, partner: Partner) -> None:
    client = sign_in(manager)
    home = reverse("desk-partner", args=[vendor.slug, partner.pk])
    new = reverse("desk-partner-person-new", args=[vendor.slug, partner.pk])
    assert "What they do there" in client.get(new).content.decode()
    assert client.post(new, ANNA)["Location"] == home
    again = client.post(new, ANNA)
    assert again.status_code == 422
    assert "Somebody else at this partner has this e-mail address." in again.content.decode()
    anna = partner.contacts.get(email="anna@sued.example")
    here = reverse("desk-contact", args=[vendor.slug, anna.pk])
    assert "No longer there" in client.get(here).content.decode()
    assert client.post(here, {"name": "Anna", "role": "wizard"}).status_code == 422
    assert client.post(here, {"name": "Anna", "role": "technical"})["Location"] == home
    anna.refresh_from_db()
    assert (anna.name, anna.role) == ("Anna", "technical")
    assert client.post(reverse("desk-contact-left", args=[vendor.slug, anna.pk]))["Location"] == home
    assert client.get(here).status_code == 404


def test_a_viewer_and_another_vendors_staff_stay_out(
    sign_in: SignIn, manager: Member, vendor: Vendor, partner: Partner, make_user: Callable[..., User], now: datetime
) -> None:
    viewer = Member.objects.create(vendor=vendor, user=make_user("v@v.example"), role="viewer", joined_at=now)
    pages = [
        reverse("desk-partner-person-new", args=[vendor.slug, partner.pk]),
        reverse("desk-contact", args=[vendor.slug, partner.contacts.get().pk]),
    ]
    client = sign_in(viewer)
    assert [client.get(page).status_code for page in pages] == [403, 403]
    client = sign_in(make_user("x@x.example"))
    assert [client.get(page).status_code for page in pages] == [404, 404]
