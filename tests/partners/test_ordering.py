"""What customers carry about their orders is what their orders say, whoever wrote them."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from partners.models import Customer, Order
from partners.ordering import count_anew, customers_adrift
from tests.factories import make_customer, make_orders, make_partner

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, LATER = date(2026, 1, 5), date(2026, 1, 6), date(2026, 2, 2)


def figures(customer: Customer) -> tuple[int, date | None, date | None]:
    customer.refresh_from_db()
    return customer.order_days, customer.first_order_on, customer.last_order_on


def test_days_are_counted_and_not_orders() -> None:
    customer = make_customer(make_partner(), MONDAY, MONDAY, TUESDAY, LATER, LATER)
    assert figures(customer) == (3, MONDAY, LATER)
    assert figures(make_customer(customer.partner)) == (0, None, None)


def test_a_later_order_changes_the_one_customer_it_is_of() -> None:
    partner = make_partner()
    once, other = make_customer(partner, TUESDAY), make_customer(partner, MONDAY)
    make_orders(partner, MONDAY, customer=once)
    assert figures(once) == (2, MONDAY, TUESDAY)
    assert figures(other) == (1, MONDAY, MONDAY)
    assert list(Customer.objects.of(partner.vendor).who_ordered_once()) == [other]


def test_a_partners_own_orders_are_nobody_elses() -> None:
    customer = make_customer(make_partner(), MONDAY)
    make_orders(customer.partner, TUESDAY)
    assert figures(customer) == (1, MONDAY, MONDAY)


def test_what_drifted_is_found_and_mended() -> None:
    partner = make_partner()
    wrong, right, gone = (make_customer(partner, MONDAY) for _ in range(3))
    Customer.objects.filter(pk=wrong.pk).update(order_days=4)
    Order.objects.filter(customer=gone).delete()
    assert list(customers_adrift(vendor=partner.vendor)) == [wrong.pk, gone.pk]
    count_anew(customers_adrift(vendor=partner.vendor))
    assert [figures(each)[0] for each in (wrong, right, gone)] == [1, 1, 0]


def test_the_check_tells_of_drift_and_repairs_it() -> None:
    customer = make_customer(make_partner(), MONDAY)
    slug = customer.vendor.slug
    Customer.objects.filter(pk=customer.pk).update(order_days=2, last_order_on=TUESDAY)
    call_command("check_standing", vendor=slug, repair=True, stdout=StringIO())
    assert figures(customer) == (1, MONDAY, MONDAY)
    Customer.objects.filter(pk=customer.pk).update(order_days=2)
    said = StringIO()
    with pytest.raises(CommandError, match="1 rows drifted"):
        call_command("check_standing", vendor=slug, stdout=said)
    assert "1 customers drifted from their orders" in said.getvalue()


def test_days_without_dates_are_refused() -> None:
    customer = make_customer(make_partner(), MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(first_order_on=None)


def test_queries_do_not_grow_with_customers() -> None:
    partner = make_partner()
    some = [make_customer(partner, MONDAY).pk for _ in range(2)]
    with CaptureQueriesContext(connection) as few:
        count_anew(some)
    more = some + [make_customer(partner, MONDAY).pk for _ in range(20)]
    with CaptureQueriesContext(connection) as many:
        count_anew(more)
    assert len(many) == len(few)
