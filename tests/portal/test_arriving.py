"""Whoever has several places reaches each of them, and is led to the one used last."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from onboarding_portal.arriving import LAST_PLACE
from partners.models import Member, User, Vendor
from tests import factories


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def user(db: None) -> User:
    return factories.make_user("anna@firm.example")


def work_at(user: User, name: str, role: str = "manager") -> Vendor:
    vendor = factories.make_vendor(name.lower(), name=name)
    factories.make_member(vendor, user=user, role=role)
    return vendor


def leads_to(client: Client) -> str:
    return client.get(reverse("home")).headers["Location"]


def test_one_place_needs_no_list(user: User) -> None:
    nord = work_at(user, "Nord")
    assert leads_to(client_of(user)) == reverse("desk-today", args=[nord.slug])


def test_several_places_are_listed_by_name(user: User) -> None:
    vendors = [work_at(user, "Nord"), work_at(user, "Sued", "viewer")]
    sold_for = factories.make_vendor("west", name="West")
    own = factories.make_partner(sold_for, user=user)
    factories.make_partner(sold_for, sponsor=own)
    client = client_of(user)
    assert leads_to(client) == reverse("places")
    page = client.get(reverse("places")).content.decode()
    for words in ("Nord", "Sued", "Viewer", "West", "My steps", "First line"):
        assert words in page
    urls = [*(reverse("desk-today", args=[vendor.slug]) for vendor in vendors), reverse("my-today")]
    for url in [*urls, reverse("my-first-line")]:
        assert f'href="{url}"' in page


@pytest.mark.parametrize("last", ["desk", "my"])
def test_the_place_used_last_comes_next_time(user: User, last: str) -> None:
    work_at(user, "Nord")
    sued = work_at(user, "Sued")
    factories.make_partner(user=user)
    client = client_of(user)
    there = reverse("my-today") if last == "my" else reverse("desk-today", args=[sued.slug])
    shown = client.get(there)
    assert shown.cookies[LAST_PLACE]["httponly"]
    assert leads_to(client) == there
    assert LAST_PLACE not in client.get(there).cookies  # said once


def test_a_place_one_has_left_is_not_gone_to(user: User) -> None:
    nord, sued = work_at(user, "Nord"), work_at(user, "Sued")
    client = client_of(user)
    client.get(reverse("desk-today", args=[sued.slug]))
    Member.objects.filter(vendor=sued).update(left_at=factories.NOW)
    assert leads_to(client) == reverse("desk-today", args=[nord.slug])
    assert "Sued" not in client.get(reverse("places")).content.decode()


def test_every_page_with_a_menu_links_the_list(user: User) -> None:
    nord = work_at(user, "Nord")
    factories.make_partner(user=user)
    client = client_of(user)
    for page in (reverse("desk-today", args=[nord.slug]), reverse("my-today")):
        assert f'href="{reverse("places")}"' in client.get(page).content.decode()


def test_the_list_asks_as_often_for_many_as_for_one(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    work_at(user, "Nord")
    factories.make_partner(user=user)
    client = client_of(user)
    client.get(reverse("places"))
    for number in range(5):
        work_at(user, f"More{number}")
        factories.make_partner(user=user)
    with django_assert_num_queries(4):
        client.get(reverse("places"))
