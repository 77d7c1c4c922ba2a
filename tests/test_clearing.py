"""After a test that committed there is nothing left of it, and what every database begins with is still there."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection

from followups.engine.cadences import make_default_cadence
from partners.models import User
from tests.clearing import clear, filled, tables
from tests.factories import NOW, make_customer, make_enrollment, make_partner, make_vendor


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_in_whatever_order_the_keys_lead() -> None:
    vendor = make_vendor()
    make_default_cadence(vendor=vendor, now=NOW)
    sponsor = make_partner(vendor)
    make_enrollment(make_partner(vendor, sponsor=sponsor))
    make_customer(sponsor, NOW.date())
    before = Permission.objects.count()
    assert len(filled()) > 10
    clear()
    assert filled() == []
    assert Permission.objects.count() == before > 0


@pytest.mark.django_db(transaction=True)
def test_every_table_is_looked_at() -> None:
    left = set(connection.introspection.django_table_names()) - set(tables())
    assert left == {"auth_permission", "django_content_type"}


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_it_is_what_happens_after_each_test(nth: int) -> None:
    assert filled() == []
    User.objects.create_user(f"{nth}@example.com")
