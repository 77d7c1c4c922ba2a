"""What the tests here share."""

import pytest
from django.test import Client

from partners.models import Member, Vendor
from tests.clock import Clock
from tests.factories import make_member, make_vendor


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    return make_vendor("house")


@pytest.fixture
def me(vendor: Vendor) -> Member:
    return make_member(vendor)


@pytest.fixture
def desk(me: Member) -> Client:
    client = Client()
    client.force_login(me.user)
    return client
