from collections.abc import Callable
from datetime import datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from partners.inviting import invite_contact, invite_member, revoke
from partners.models import Invitation, Member, Partner, User, Vendor
from tests.clock import Clock
from tests.partners.mails import token_in


@pytest.fixture
def page(vendor: Vendor, owner: Member, now: datetime, mailoutbox: list[EmailMessage]) -> str:
    invite_member(vendor=vendor, email="nina@new.example", role="manager", by=owner.user, now=now)
    return reverse("invitation", args=[token_in(mailoutbox[-1])])


def test_looking_changes_nothing(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert Invitation.objects.get().accepted_at is None
    assert not User.objects.filter(email="nina@new.example").exists()


def test_the_button_lets_in(client: Client, page: str, vendor: Vendor) -> None:
    response = client.post(page, {"name": "Nina"})
    assert response.headers["Location"] == reverse("desk-today", args=[vendor.slug])
    assert client.session["_auth_user_id"] == str(User.objects.get(email="nina@new.example").pk)


def test_a_contact_goes_to_their_own_side(
    client: Client, partner: Partner, owner: Member, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    invite_contact(contact=partner.contacts.get(), by=owner.user, now=now)
    page = reverse("invitation", args=[token_in(mailoutbox[-1])])
    assert "Rita Reseller" in client.get(page).content.decode()
    assert client.post(page).headers["Location"] == reverse("my-today")
    assert partner.contacts.get().user is not None


@pytest.mark.parametrize(
    ("end", "words"),
    [("use", "was used already"), ("expire", "has expired"), ("revoke", "no longer works"), ("guess", "do not know")],
)
def test_what_is_over_explains_itself(
    client: Client, page: str, owner: Member, now: datetime, clock: Clock, end: str, words: str
) -> None:
    if end == "use":
        Client().post(page)
    elif end == "expire":
        clock.move(days=15)
    elif end == "revoke":
        revoke(invitation=Invitation.objects.get(), by=owner.user, now=now)
    else:
        page = reverse("invitation", args=["guess"])
    for response in (client.get(page), client.post(page)):
        assert response.status_code == 410
        assert words in response.content.decode()


def test_signed_in_as_somebody_else_is_said(
    client: Client, page: str, stranger: Member, sign_in: Callable[[Member], Client]
) -> None:
    sign_in(stranger)
    shown = client.get(page).content.decode()
    assert shown.index("This link is for somebody else") < shown.index("has invited nina@new.example")
    assert "Join " not in shown
    assert "oskar@other.example" in shown
    assert client.post(page).status_code == 409
    assert Invitation.objects.get().accepted_at is None
    out = client.post(reverse("account_logout"), {"next": page})
    assert out.headers["Location"] == page
    assert "Accept and go in" in client.get(page).content.decode()


def test_who_accepted_before_goes_in_from_the_same_link(client: Client, page: str, vendor: Vendor) -> None:
    client.post(page, {"name": "Nina"})
    shown = client.get(page).content.decode()
    assert f"Go in to {vendor.name}" in shown.replace("\u2068", "").replace("\u2069", "")
    assert f'href="{reverse("desk-today", args=[vendor.slug])}"' in shown
    signed_out = Client().get(page).content.decode()
    assert f"?next={reverse('desk-today', args=[vendor.slug])}" in signed_out


def test_a_used_link_leads_nobody_else_in(
    client: Client, page: str, vendor: Vendor, stranger: Member, sign_in: Callable[[Member], Client]
) -> None:
    Client().post(page)
    shown = sign_in(stranger).get(page).content.decode()
    assert "Go in to" not in shown
    assert reverse("desk-today", args=[vendor.slug]) not in shown


def test_signed_in_as_oneself_it_just_works(
    client: Client, page: str, vendor: Vendor, make_user: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    nina = make_user("nina@new.example")
    response = sign_in(nina).post(page)
    assert response.headers["Location"] == reverse("desk-today", args=[vendor.slug])
    assert Member.objects.of(vendor).filter(user=nina).exists()


def test_a_second_factor_is_still_asked_for(client: Client, page: str, make_user: Callable[..., User]) -> None:
    nina = make_user("nina@new.example")
    TOTP.activate(nina, generate_totp_secret())
    assert Authenticator.objects.filter(user=nina).exists()
    assert client.post(page).headers["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session
