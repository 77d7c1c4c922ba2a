from collections.abc import Callable
from datetime import datetime

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_logged_in
from django.test import Client, RequestFactory

from partners.accepting import accept
from partners.models import Contact, Member, Partner, User, Vendor
from partners.registering import register_partner


@pytest.fixture
def elsewhere(other_vendor: Vendor, stranger: Member, now: datetime) -> Partner:
    return register_partner(
        vendor=other_vendor,
        company="Süd Filiale",
        contact_name="Rita R.",
        contact_email="rita@sued.example",
        manager=stranger,
        by=stranger.user,
        now=now,
    )


def signed_in(user: User) -> None:
    user_logged_in.send(sender=User, request=RequestFactory().get("/"), user=user)


def test_signing_in_links_every_contact_of_the_address(
    partner: Partner, elsewhere: Partner, make_user: Callable[..., User]
) -> None:
    rita = make_user("rita@sued.example")
    signed_in(rita)
    assert set(Partner.objects.where_contact(rita)) == {partner, elsewhere}


def test_an_unverified_address_never_links(partner: Partner, make_user: Callable[..., User], now: datetime) -> None:
    squatter = make_user("rita@sued.example", verified=False)
    signed_in(squatter)
    accept(partner=partner, by=partner.manager.user, now=now)
    assert not Partner.objects.where_contact(squatter).exists()


def test_confirming_the_address_links(partner: Partner, make_user: Callable[..., User]) -> None:
    rita = make_user("rita@sued.example", verified=False)
    EmailAddress.objects.filter(user=rita).update(verified=True)
    address = EmailAddress.objects.get(user=rita)
    email_confirmed.send(sender=EmailAddress, request=RequestFactory().get("/"), email_address=address)
    assert partner.contacts.get().user == rita


def test_accepting_a_partner_links_who_is_known(
    partner: Partner, manager: Member, make_user: Callable[..., User], now: datetime
) -> None:
    rita = make_user("rita@sued.example")
    accept(partner=partner, by=manager.user, now=now)
    assert partner.contacts.get().user == rita


def test_a_link_that_stands_is_left_alone(partner: Partner, make_user: Callable[..., User]) -> None:
    first = make_user("first@sued.example")
    Contact.objects.filter(partner=partner).update(user=first)
    signed_in(make_user("rita@sued.example"))
    assert partner.contacts.get().user == first


def test_who_left_is_not_linked(partner: Partner, make_user: Callable[..., User], now: datetime) -> None:
    Contact.objects.filter(partner=partner).update(left_at=now)
    signed_in(make_user("rita@sued.example"))
    assert partner.contacts.get().user is None


def test_the_spelling_of_an_address_does_not_matter(
    partner: Partner, client: Client, make_user: Callable[..., User], now: datetime
) -> None:
    Contact.objects.create(partner=partner, name="Second", email=" Paul@SUED.example", created_at=now)
    paul = make_user("paul@sued.example")
    signed_in(paul)
    assert Contact.objects.get(email="PAUL@sued.example").user == paul
