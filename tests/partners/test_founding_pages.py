"""Setting up a desk: what is guessed, what is asked, and what is said when something is wrong."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from partners.countries import country_said
from partners.models import Member, User, Vendor

SignIn = Callable[[Member | User], Client]
GIVEN = {"slug": "", "country": "AT", "language": "de", "time_zone": ""}


def test_founding_a_vendor(make_user: Callable[..., User], sign_in: SignIn) -> None:
    client = sign_in(make_user("new@firm.example"))
    assert client.get(reverse("home")).headers["Location"] == reverse("vendor-new")
    given = {"name": "Käse & Söhne", "slug": "", "country": "AT", "language": "de", "time_zone": ""}
    response = client.post(reverse("vendor-new"), given)
    vendor = Vendor.objects.get()
    assert response.headers["Location"] == reverse("desk-today", args=[vendor.slug])
    assert (vendor.slug, vendor.time_zone) == ("kase-sohne", "Europe/Vienna")
    assert vendor.members.get().role == "owner"


def test_a_taken_address_is_said(vendor: Vendor, make_user: Callable[..., User], sign_in: SignIn) -> None:
    given = {"name": "N", "slug": vendor.slug, "country": "AT", "language": "de", "time_zone": ""}
    response = sign_in(make_user("new@firm.example")).post(reverse("vendor-new"), given)
    assert response.status_code == 422
    assert "slug" in response.context["form"].errors


def test_founding_is_for_who_signed_in(client: Client, db: None) -> None:
    assert client.get(reverse("vendor-new")).status_code == 302


@pytest.mark.parametrize(
    ("browser", "country"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "AT"),
        ("de", "DE"),
        ("en-GB", "GB"),
        ("en-US,en;q=0.9", ""),
        ("en", ""),
        ("zh-Hant-TW", "TW"),
        ("es-419", ""),
        ("*", ""),
        ("", ""),
        ("nonsense-XX", ""),
    ],
)
def test_the_country_is_guessed_from_the_browser_or_asked(browser: str, country: str) -> None:
    assert country_said(browser) == country


def test_no_country_is_chosen_for_whom_we_do_not_know(make_user: Callable[..., User], sign_in: SignIn) -> None:
    client = sign_in(make_user("new@firm.example"))
    page = client.get(reverse("vendor-new"), headers={"accept-language": "en"}).content.decode()
    assert re.findall(r'<option value="(\w*)" selected>', page) == ["", "en", ""]
    assert "Choose a country" in page
    refused = client.post(reverse("vendor-new"), {**GIVEN, "name": "N", "country": ""})
    assert list(refused.context["form"].errors) == ["country"]


def test_a_name_that_is_too_long_is_the_only_thing_wrong(make_user: Callable[..., User], sign_in: SignIn) -> None:
    client = sign_in(make_user("new@firm.example"))
    refused = client.post(reverse("vendor-new"), {**GIVEN, "name": "N" * 151})
    assert list(refused.context["form"].errors) == ["name"]


@pytest.mark.parametrize("name", ["\u0634\u0645\u0627\u0644", "\N{ROCKET}", "\u5317"])
def test_a_name_no_address_can_hold_gets_a_neutral_one(
    make_user: Callable[..., User], sign_in: SignIn, name: str
) -> None:
    answer = sign_in(make_user("new@firm.example")).post(reverse("vendor-new"), {**GIVEN, "name": name})
    vendor = Vendor.objects.get()
    assert re.fullmatch(r"vendor-[0-9a-f]{4}", vendor.slug)
    assert vendor.name == name
    assert answer.headers["Location"] == reverse("desk-today", args=[vendor.slug])
