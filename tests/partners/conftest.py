"""One vendor with its people, made the way the product makes them."""

from collections.abc import Callable
from datetime import datetime

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from partners.applying import apply
from partners.models import Application, Member, Partner, User, Vendor
from partners.registering import register_partner
from partners.vendors import create_vendor
from tests.clock import Clock


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.instant


@pytest.fixture
def make_user(db: None) -> Callable[[str], User]:
    def make(email: str, verified: bool = True) -> User:
        user = User.objects.create_user(email, name=email.split("@", maxsplit=1)[0].title())
        EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
        return user

    return make


@pytest.fixture
def vendor(make_user: Callable[[str], User], now: datetime) -> Vendor:
    return create_vendor(
        name="Nordlicht Backup",
        slug="nordlicht",
        owner=make_user("olga@nordlicht.example"),
        country="DE",
        language="en",
        time_zone="Europe/Berlin",
        now=now,
    )


@pytest.fixture
def other_vendor(make_user: Callable[[str], User], now: datetime) -> Vendor:
    return create_vendor(
        name="Other",
        slug="other",
        owner=make_user("oskar@other.example"),
        country="AT",
        language="de",
        time_zone="Europe/Vienna",
        now=now,
    )


@pytest.fixture
def owner(vendor: Vendor) -> Member:
    return vendor.members.get(role=Member.Role.OWNER)


@pytest.fixture
def stranger(other_vendor: Vendor) -> Member:
    return other_vendor.members.get()


@pytest.fixture
def manager(vendor: Vendor, make_user: Callable[[str], User], now: datetime) -> Member:
    return Member.objects.create(
        vendor=vendor, user=make_user("mia@nordlicht.example"), role=Member.Role.MANAGER, joined_at=now
    )


@pytest.fixture
def viewer(vendor: Vendor, make_user: Callable[[str], User], now: datetime) -> Member:
    return Member.objects.create(
        vendor=vendor, user=make_user("vera@nordlicht.example"), role=Member.Role.VIEWER, joined_at=now
    )


@pytest.fixture
def partner(vendor: Vendor, manager: Member, now: datetime) -> Partner:
    return register_partner(
        vendor=vendor,
        company="Büro Süd GmbH",
        contact_name="Rita Reseller",
        contact_email="Rita@Sued.example",
        manager=manager,
        by=manager.user,
        now=now,
    )


@pytest.fixture
def application(vendor: Vendor, now: datetime) -> Application:
    return apply(
        vendor=vendor,
        company="Hafen IT",
        contact_name="Hanna Hafen",
        email="hanna@hafen.example",
        motivation="Recurring revenue.",
        now=now,
    )


@pytest.fixture
def sign_in(client: Client) -> Callable[[Member | User], Client]:
    def sign_in(who: Member | User) -> Client:
        client.force_login(who.user if isinstance(who, Member) else who, "django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
