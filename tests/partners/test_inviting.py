from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.db import IntegrityError

from partners.inviting import (
    AlreadyThere,
    InvitationExpired,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    SignedInAsSomeoneElse,
    accept_invitation,
    find_invitation,
    invite_contact,
    invite_member,
    revoke,
)
from partners.models import Invitation, Member, Partner, User, Vendor
from tests.partners.mails import token_in


@pytest.fixture
def token(vendor: Vendor, owner: Member, now: datetime, mailoutbox: list[EmailMessage]) -> str:
    invite_member(vendor=vendor, email="Nina@new.example", role="manager", by=owner.user, now=now)
    return token_in(mailoutbox[-1])


def test_the_secret_is_only_in_the_mail(token: str, mailoutbox: list[EmailMessage]) -> None:
    assert mailoutbox[0].to == ["nina@new.example"]
    invitation = Invitation.objects.get()
    assert token not in {str(value) for value in vars(invitation).values()}
    assert len(invitation.token_hash) == 64


def test_accepting_makes_a_member_with_a_verified_address(token: str, vendor: Vendor, now: datetime) -> None:
    user = accept_invitation(token=token, now=now, name="Nina Neu")
    member = Member.objects.of(vendor).get(user=user)
    assert (user.name, user.email, member.role) == ("Nina Neu", "nina@new.example", "manager")
    assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).count() == 1
    assert not user.has_usable_password()


def test_a_link_works_once(token: str, now: datetime) -> None:
    accept_invitation(token=token, now=now)
    with pytest.raises(InvitationUsed):
        accept_invitation(token=token, now=now)
    assert Member.objects.filter(user__email="nina@new.example").count() == 1


def test_a_link_works_for_two_weeks(token: str, now: datetime) -> None:
    assert find_invitation(token, now=now + timedelta(days=13, hours=23)).role == "manager"
    with pytest.raises(InvitationExpired):
        find_invitation(token, now=now + timedelta(days=14))


def test_a_link_can_be_taken_back(token: str, owner: Member, now: datetime) -> None:
    revoke(invitation=Invitation.objects.get(), by=owner.user, now=now)
    with pytest.raises(InvitationRevoked):
        accept_invitation(token=token, now=now)


def test_a_guess_finds_nothing(vendor: Vendor, now: datetime) -> None:
    with pytest.raises(InvitationUnknown):
        find_invitation("guess", now=now)


def test_a_newer_invitation_replaces_the_older(token: str, vendor: Vendor, owner: Member, now: datetime) -> None:
    invite_member(vendor=vendor, email="nina@new.example", role="viewer", by=owner.user, now=now)
    with pytest.raises(InvitationRevoked):
        find_invitation(token, now=now)
    assert Invitation.objects.open(now=now).get().role == "viewer"


def test_who_works_there_is_not_invited(vendor: Vendor, owner: Member, manager: Member, now: datetime) -> None:
    with pytest.raises(AlreadyThere):
        invite_member(vendor=vendor, email="MIA@nordlicht.example", role="owner", by=owner.user, now=now)


def test_somebody_else_cannot_take_it_up(token: str, stranger: Member, now: datetime) -> None:
    with pytest.raises(SignedInAsSomeoneElse):
        accept_invitation(token=token, now=now, signed_in=stranger.user)
    assert Invitation.objects.get().accepted_at is None


def test_whoever_only_typed_the_address_loses_their_password(
    token: str, make_user: Callable[..., User], now: datetime
) -> None:
    squatter = make_user("nina@new.example", verified=False)
    squatter.set_password("known to the squatter")
    squatter.save()
    user = accept_invitation(token=token, now=now)
    assert user == squatter
    assert not user.has_usable_password()


def test_an_owner_who_comes_in_by_another_address_stays_owner(
    vendor: Vendor, owner: Member, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    invite_member(vendor=vendor, email="second@new.example", role="viewer", by=owner.user, now=now)
    EmailAddress.objects.create(user=owner.user, email="second@new.example", verified=True)
    accept_invitation(token=token_in(mailoutbox[-1]), now=now, signed_in=owner.user)
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_who_left_may_come_back(token: str, vendor: Vendor, now: datetime, make_user: Callable[..., User]) -> None:
    user = make_user("nina@new.example")
    Member.objects.create(vendor=vendor, user=user, role="viewer", joined_at=now, left_at=now)
    accept_invitation(token=token, now=now)
    assert Member.objects.of(vendor).get(user=user).role == "manager"


def test_a_contact_gets_a_login(partner: Partner, owner: Member, now: datetime, mailoutbox: list[EmailMessage]) -> None:
    contact = partner.contacts.get()
    invite_contact(contact=contact, by=owner.user, now=now)
    user = accept_invitation(token=token_in(mailoutbox[-1]), now=now)
    contact.refresh_from_db()
    assert (contact.user, user.name) == (user, "Rita Reseller")
    with pytest.raises(AlreadyThere):
        invite_contact(contact=contact, by=owner.user, now=now)


@pytest.mark.parametrize("change", [{"left_at": datetime.fromisoformat("2026-03-03T10:00Z")}, {"email": "x@y.example"}])
def test_a_contact_who_left_or_moved_is_not_let_in(
    partner: Partner, owner: Member, now: datetime, mailoutbox: list[EmailMessage], change: dict[str, object]
) -> None:
    invite_contact(contact=partner.contacts.get(), by=owner.user, now=now)
    partner.contacts.update(**change)
    with pytest.raises(InvitationRevoked):
        accept_invitation(token=token_in(mailoutbox[-1]), now=now)


def test_an_invitation_is_for_staff_or_for_a_contact(vendor: Vendor, now: datetime) -> None:
    with pytest.raises(IntegrityError):
        Invitation.objects.create(vendor=vendor, email="a@b.example", token_hash="x", created_at=now, expires_at=now)


def test_the_mail_speaks_the_contacts_language(
    partner: Partner, owner: Member, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    partner.vendor.reply_to = "help@nordlicht.example"
    partner.vendor.postal_address = "Am Kai 1, 20457 Hamburg"
    partner.vendor.save()
    contact = partner.contacts.get()
    invite_contact(contact=contact, by=owner.user, now=now)
    mail = mailoutbox[-1]
    assert mail.reply_to == ["help@nordlicht.example"]
    assert "Am Kai 1" in str(mail.body)
