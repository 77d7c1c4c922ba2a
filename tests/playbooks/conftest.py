"""What the tests here share."""

import pytest
from django.test import Client

from partners.models import Member, Vendor
from playbooks.models import PlaybookVersion
from tests.factories import make_vendor, make_version
from tests.playbooks.desk import Desk


@pytest.fixture
def vendor() -> Vendor:
    return make_vendor("acme")


@pytest.fixture
def desk(vendor: Vendor, client: Client) -> Desk:
    return Desk(client, vendor).enter(Member.Role.MANAGER)


@pytest.fixture
def draft(vendor: Vendor) -> PlaybookVersion:
    return make_version(vendor, published=False)
