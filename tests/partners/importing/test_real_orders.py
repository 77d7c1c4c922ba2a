"""49,086 real orders of 23,570 customers: who ordered on one day only is exactly who the file says."""

import csv
import os
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench.import_partners import REAL_ORDERS
from followups.models import Standing
from followups.models.silence import SilenceKind
from partners.models import Customer, Member, Order, Partner, User, Vendor
from partners.ordering import FIGURES
from tests.factories import make_partner

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def empty_tables(db: None) -> None:
    """As in a new database, for as long as a test lasts.

    PostgreSQL takes a table whose rows were all dead when it last counted for empty, however many come then. A worker's
    tables are such, after the tests before, and their keys would be checked by reading them from end to end.
    """
    if connection.vendor == "postgresql":
        tables = ", ".join(connection.introspection.django_table_names(only_existing=True))
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables}")


@pytest.fixture
def real_orders() -> Path:
    if not REAL_ORDERS.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{REAL_ORDERS} is missing")
        pytest.skip(f"{REAL_ORDERS} is not on this machine")
    return REAL_ORDERS


def days_by_customer(file: Path) -> dict[str, set[str]]:
    days: defaultdict[str, set[str]] = defaultdict(set)
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            days[row["customer_id"]].add(row["ordered_on"])
    return days


def listed(client: Client, vendor: Vendor) -> set[str]:
    """Customers on all pages of the list of partners who ordered once, as the desk shows them."""
    address = f"/v/{vendor.slug}/partners/"
    query = f"?silence={SilenceKind.ORDERED_ONCE}"
    found: list[str] = []
    while query:
        response = client.get(address + query, headers={"HX-Request": "true"})
        page = response.context["page"]
        text = response.content.decode()
        found += [row.company for row in page.rows if f"/partners/{row.partner_id}/" in text]
        query = page.next
    assert len(found) == len(set(found))
    return set(found)


def test_the_first_order_only_list_is_what_the_file_says(
    real_orders: Path,
    vendor: Vendor,
    owner: Member,
    sign_in: Callable[[Member | User], Client],
    now: datetime,
) -> None:
    said = StringIO()
    call_command("import_orders", str(real_orders), vendor=vendor.slug, stdout=said)
    assert "49086 orders loaded, 23570 partners created for them, 0 unchanged." in said.getvalue()

    days = days_by_customer(real_orders)
    once = {customer for customer, on in days.items() if len(on) == 1}
    standings = Standing.objects.of(vendor).filter(orders__gt=0)
    assert set(standings.filter(order_days=1).values_list("partner__reference", flat=True)) == once
    silent = standings.filter(silence_kind=SilenceKind.ORDERED_ONCE)
    assert set(silent.values_list("partner__reference", flat=True)) == once
    shown = listed(sign_in(owner), vendor)
    assert len(shown) == len(once)
    assert shown == once

    call_command("import_orders", str(real_orders), vendor=vendor.slug, stdout=said)
    assert "0 orders loaded, 0 partners created for them, 49086 unchanged." in said.getvalue()
    assert Order.objects.of(vendor).count() == 49_086
    assert Partner.objects.of(vendor).count() == 23_570


def as_customers_of(partner: Partner, file: Path, copy: Path) -> Path:
    """The same file with a column that says whose customers they are."""
    with file.open(newline="") as lines, copy.open("w", newline="") as out:
        rows = csv.reader(lines)
        writer = csv.writer(out)
        writer.writerow([*next(rows), "partner"])
        writer.writerows([*row, partner.company] for row in rows)
    return copy


def test_a_sponsors_customers_who_ordered_once_are_what_the_file_says(
    real_orders: Path,
    tmp_path: Path,
    vendor: Vendor,
    partner: Partner,
    manager: Member,
    sign_in: Callable[[Member | User], Client],
    now: datetime,
) -> None:
    file = as_customers_of(partner, real_orders, tmp_path / "orders.csv")
    said = StringIO()
    call_command("import_orders", str(file), vendor=vendor.slug, stdout=said)
    assert "49086 orders loaded, 0 partners created for them, 0 unchanged." in said.getvalue()

    days = days_by_customer(real_orders)
    customers = Customer.objects.of(vendor)
    figures = {
        reference: (order_days, str(first), str(last))
        for reference, order_days, first, last in customers.values_list("reference", *FIGURES)
    }
    assert figures == {customer: (len(on), min(on), max(on)) for customer, on in days.items()}
    once = {customer for customer, on in days.items() if len(on) == 1}
    assert set(customers.who_ordered_once().values_list("reference", flat=True)) == once

    user = User.objects.create_user("rita@sued.example")
    partner.contacts.update(user=user)
    make_partner(vendor, sponsor=partner, manager=manager)
    shown = [name for name, _once in sign_in(user).get("/my/first-line/").context["customers"]]
    assert shown
    assert set(shown) <= once
    assert {max(days[customer]) for customer in shown} == {max(max(days[customer]) for customer in once)}
