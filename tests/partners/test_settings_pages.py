from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from partners.inviting import invite_member
from partners.models import Invitation, Member, Partner, User, Vendor

SignIn = Callable[[Member | User], Client]


@pytest.fixture
def page(vendor: Vendor) -> str:
    return reverse("desk-settings", args=[vendor.slug])


@pytest.fixture
def people(vendor: Vendor) -> str:
    return reverse("desk-settings-people", args=[vendor.slug])


def as_shown(vendor: Vendor, **changes: Any) -> dict[str, Any]:
    names = ["name", "country", "language", "time_zone", "colour", "reply_to", "postal_address"]
    hours = ["never_started_hours", "stopped_hours", "waiting_hours", "ordered_once_days"]
    shown = {name: getattr(vendor, name) for name in names + hours}
    shown |= {"working_days": list(vendor.working_days), "day_starts": "09:00", "day_ends": "17:00"}
    return shown | changes


def test_an_owner_changes_settings(vendor: Vendor, owner: Member, sign_in: SignIn, page: str) -> None:
    changed = as_shown(vendor, name="Nordlicht", working_days=["6", "1"], day_ends="18:30")
    assert sign_in(owner).post(page, changed).status_code == 302
    vendor.refresh_from_db()
    assert (vendor.name, vendor.working_days, vendor.day_ends.hour) == ("Nordlicht", "16", 18)
    assert vendor.policy_version == 2


def test_thresholds_are_said_in_words(owner: Member, sign_in: SignIn, page: str) -> None:
    text = sign_in(owner).get(page).content.decode()
    assert "no step begun for 48 hours on the clock, which is 2 days, weekends included." in text
    assert text.count("Reminders that are due within that time go out first") == 2
    assert "168 hours on the clock, which is 7 days, weekends included" in text
    assert "30 days on the calendar" in text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day_starts": "18:00"}, "day_ends"),
        ({"working_days": []}, "working_days"),
        ({"colour": "red"}, "colour"),
        ({"waiting_hours": 0}, "waiting_hours"),
        ({"time_zone": "Mars"}, "time_zone"),
    ],
)
def test_nonsense_is_said_where_it_is(
    vendor: Vendor, owner: Member, sign_in: SignIn, page: str, wrong: dict[str, Any], field: str
) -> None:
    response = sign_in(owner).post(page, as_shown(vendor, **wrong))
    assert response.status_code == 422
    assert field in response.context["form"].errors


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_only_an_owner_changes_settings(
    request: pytest.FixtureRequest, vendor: Vendor, sign_in: SignIn, page: str, people: str, role: str
) -> None:
    client = sign_in(request.getfixturevalue(role))
    for address in (page, people):
        shown = client.get(address)
        assert shown.status_code == 200
        assert "An owner can change it." in shown.content.decode()
        assert "btn-primary" not in shown.content.decode()
    assert client.post(page, as_shown(vendor, name="Mine")).status_code == 403
    assert client.post(people, {"action": "invite", "email": "a@b.example", "role": "owner"}).status_code == 403


def test_inviting_and_taking_back(
    vendor: Vendor, owner: Member, sign_in: SignIn, people: str, mailoutbox: list[EmailMessage]
) -> None:
    client = sign_in(owner)
    assert client.post(people, {"action": "invite", "email": "nina@new.example", "role": "viewer"}).status_code == 302
    assert [mail.to for mail in mailoutbox] == [["nina@new.example"]]
    assert "nina@new.example" in client.get(people).content.decode()
    invitation = Invitation.objects.get()
    client.post(people, {"action": "revoke", "invitation": invitation.pk})
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None
    assert client.post(people, {"action": "invite", "email": "nina", "role": "viewer"}).status_code == 422


def test_inviting_a_contact(partner: Partner, manager: Member, sign_in: SignIn, mailoutbox: list[EmailMessage]) -> None:
    client, contact = sign_in(manager), partner.contacts.get()
    page = reverse("desk-partner", args=[partner.vendor.slug, partner.pk])
    invite = reverse("desk-contact-invite", args=[partner.vendor.slug, contact.pk])
    assert invite in client.get(page).content.decode()
    assert client.post(invite).headers["Location"] == page
    assert [mail.to for mail in mailoutbox] == [[contact.email]]
    contact.user = manager.user
    contact.save()
    assert invite not in client.get(page).content.decode()
    assert "can sign in already" in client.post(invite, follow=True).content.decode()
    assert len(mailoutbox) == 1


def test_another_vendors_invitation_is_not_there(
    stranger: Member, other_vendor: Vendor, owner: Member, sign_in: SignIn, people: str, now: datetime
) -> None:
    foreign = invite_member(vendor=other_vendor, email="x@y.example", role="viewer", by=stranger.user, now=now)
    assert sign_in(owner).post(people, {"action": "revoke", "invitation": foreign.pk}).status_code == 404
    change = {"action": "role", "role": "viewer", "member": stranger.pk}
    assert sign_in(owner).post(people, change).status_code == 404


def test_the_last_owner_stays(owner: Member, manager: Member, sign_in: SignIn, people: str) -> None:
    response = sign_in(owner).post(people, {"action": "role", "member": owner.pk, "role": "manager"}, follow=True)
    assert "This is the last owner" in response.content.decode()
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_changing_a_role(owner: Member, viewer: Member, sign_in: SignIn, people: str) -> None:
    sign_in(owner).post(people, {"action": "role", "member": viewer.pk, "role": "manager"})
    viewer.refresh_from_db()
    assert viewer.role == "manager"


def test_nonsense_finds_nothing(owner: Member, sign_in: SignIn, people: str) -> None:
    client = sign_in(owner)
    assert client.post(people, {"action": "role", "role": "viewer", "member": "9" * 40}).status_code == 404
    assert client.post(people, {"action": "role", "role": "viewer", "member": "²"}).status_code == 404
    assert client.post(people, {"action": "role", "role": "king", "member": owner.pk}).status_code == 400
    assert client.post(people, {"action": "x"}).status_code == 400
    assert client.put(people).status_code == 405


def test_the_page_asks_as_often_for_many_as_for_one(
    owner: Member,
    manager: Member,
    sign_in: SignIn,
    people: str,
    now: datetime,
    make_user: Callable[..., User],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = sign_in(owner)
    for number in range(12):
        user = make_user(f"m{number}@x.example")
        Member.objects.create(vendor=owner.vendor, user=user, role="manager", joined_at=now)
    with django_assert_num_queries(6):  # user, member, members, whom they lead, invitations, bell
        client.get(people)
