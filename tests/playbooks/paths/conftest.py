"""What the tests here share."""

import pytest
from django.test import Client

from partners.models import Member, User, Vendor
from tests.clock import Clock
from tests.factories import make_user, make_vendor
from tests.playbooks.desk import Desk


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    return make_vendor("acme")


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def desk(vendor: Vendor, client: Client) -> Desk:
    return Desk(client, vendor).enter(Member.Role.MANAGER)
