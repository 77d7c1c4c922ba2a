"""The page that asks before a member goes."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Member, Partner, User, Vendor
from tests import factories

SignIn = Callable[[Member | User], Client]


def page_of(person: Member) -> str:
    return reverse("desk-settings-person-remove", args=[person.vendor.slug, person.pk])


def is_there(person: Member) -> bool:
    return Member.objects.of(person.vendor).filter(pk=person.pk).exists()


def test_it_says_what_happens_and_looking_changes_nothing(
    partner: Partner, owner: Member, manager: Member, sign_in: SignIn
) -> None:
    client = sign_in(owner)
    people = client.get(reverse("desk-settings-people", args=[owner.vendor.slug])).content.decode()
    assert f'href="{page_of(manager)}"' in people
    shown = client.get(page_of(manager)).content.decode()
    assert "1 partner goes to whom you choose below" in shown
    assert is_there(manager)


def test_the_partners_are_handed_over(partner: Partner, owner: Member, manager: Member, sign_in: SignIn) -> None:
    client = sign_in(owner)
    refused = client.post(page_of(manager))
    assert refused.status_code == 422
    assert "Choose who takes them over" in refused.content.decode()
    client.post(page_of(manager), {"successor": owner.pk})
    partner.refresh_from_db()
    assert partner.manager == owner
    assert not is_there(manager)


def test_an_owner_does_not_go_by_one_press(owner: Member, vendor: Vendor, sign_in: SignIn) -> None:
    founder, second = owner, factories.make_member(vendor, role="owner")
    client = sign_in(second)
    assert client.post(page_of(founder)).status_code == 422
    assert is_there(founder)
    client.post(page_of(founder), {"is_meant": "on"})
    assert not is_there(founder)


def test_the_last_owner_cannot_go(owner: Member, manager: Member, sign_in: SignIn) -> None:
    client = sign_in(owner)
    assert '<form method="post">' not in client.get(page_of(owner)).content.decode()
    refused = client.post(page_of(owner), {"is_meant": "on"})
    assert "This is the last owner" in refused.content.decode()
    assert is_there(owner)


def test_only_an_owner_removes_and_only_their_own(
    owner: Member, manager: Member, viewer: Member, stranger: Member, sign_in: SignIn
) -> None:
    for who in (manager, viewer):
        assert sign_in(who).get(page_of(manager)).status_code == 403
        assert sign_in(who).post(page_of(manager)).status_code == 403
    client = sign_in(owner)
    foreign = reverse("desk-settings-person-remove", args=[owner.vendor.slug, stranger.pk])
    assert client.get(foreign).status_code == client.post(foreign).status_code == 404
    assert client.put(page_of(manager)).status_code == 405
    assert is_there(manager)


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_was_removed_is_told_so(
    owner: Member, viewer: Member, stranger: Member, sign_in: SignIn, method: str
) -> None:
    desk = reverse("desk-today", args=[owner.vendor.slug])
    sign_in(owner).post(page_of(viewer))
    answer = getattr(sign_in(viewer), method)(desk)
    assert answer.status_code == 404
    assert "You are no longer on the staff of" in answer.content.decode()
    home = sign_in(viewer).get(reverse("home"), follow=True)
    assert home.redirect_chain[-1][0] == reverse("places")
    assert owner.vendor.name in home.content.decode()
    assert "no longer" not in getattr(sign_in(stranger), method)(desk).content.decode()
