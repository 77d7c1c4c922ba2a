"""Orders from a file: equal orders count, the same file twice does not."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from partners.importing.columns import ORDERS, Kind
from partners.importing.files import load
from partners.importing.loading_partners import Loaded
from partners.importing.reading import Unreadable
from partners.models import Customer, Member, Order, Partner, Vendor
from partners.registering import register_partner
from tests.partners.importing.conftest import Importer

HEADER = "customer_id,ordered_on,quantity,amount\n"


@pytest.fixture
def orders(importer: Callable[[Kind], Importer]) -> Importer:
    return importer(ORDERS)


def test_an_unknown_customer_becomes_an_accepted_partner(
    orders: Importer, vendor: Vendor, manager: Member, now: datetime
) -> None:
    assert orders.load(HEADER + '7,2026-01-31,2,"1,234.50"\n') == Loaded(rows=1, new=1, further=1)
    partner = Partner.objects.of(vendor).get()
    assert (partner.company, partner.reference, partner.state) == ("7", "7", Partner.State.ACCEPTED)
    assert (partner.accepted_at, partner.accepted_by, partner.manager) == (now, None, manager)
    assert not partner.contacts.exists()
    order = Order.objects.of(vendor).get()
    assert (order.partner, order.customer) == (partner, None)
    assert (order.ordered_on, order.quantity, order.amount) == (date(2026, 1, 31), 2, Decimal("1234.50"))


def test_equal_orders_of_one_day_all_count_and_the_same_file_twice_changes_nothing(
    orders: Importer, vendor: Vendor
) -> None:
    text = HEADER + "7,2026-01-31,1,5.00\n8,2026-01-31,1,5.00\n7,2026-01-31,1,5.00\n7,31.01.2026,1,5\n"
    assert orders.load(text) == Loaded(rows=4, new=4, further=2)
    assert orders.load(text) == Loaded(rows=4, unchanged=4)
    assert Order.objects.of(vendor).filter(partner__reference="7").count() == 3


def test_an_order_with_a_number_is_known_by_it(orders: Importer, vendor: Vendor) -> None:
    header = "customer_id;ordered_on;amount;order number\n"
    orders.load(header + "7;2026-01-31;5,00;R-1\n7;2026-01-31;5,00;R-2\n")
    assert orders.load(header + "7;2026-01-31;6,00;R-1\n") == Loaded(rows=1, unchanged=1)
    assert list(Order.objects.of(vendor).order_by("reference").values_list("amount", flat=True)) == [5, 5]


def test_a_known_partner_is_found_by_reference_and_by_name(orders: Importer, partner: Partner, vendor: Vendor) -> None:
    text = "customer_id;customer name;ordered_on\n7;BURO Süd GmbH;2026-01-31\n"
    assert orders.load(text) == Loaded(rows=1, new=1)
    partner.refresh_from_db()
    assert partner.reference == "7"
    assert Order.objects.of(vendor).get().partner == partner
    assert orders.load("customer_id;ordered_on\n7;2026-02-01\n") == Loaded(rows=1, new=1)


def test_with_a_partner_the_customer_is_that_partners(
    orders: Importer, vendor: Vendor, partner: Partner, manager: Member, now: datetime
) -> None:
    other = register_partner(
        vendor=vendor, company="Hafen", contact_name="H", contact_email="h@x.example", manager=manager, by=None, now=now
    )
    Partner.objects.filter(pk=partner.pk).update(reference="K-1")
    text = (
        "Partner;Customer;Customer name;Order date;Qty\n"
        "K-1;7;Bäcker;2026-01-31;1\n"
        "büro süd gmbh;7;;2026-01-31;1\n"
        "rita@sued.example;8;;2026-02-01;\n"
        "Hafen;7;;2026-01-31;1\n"
    )
    assert orders.load(text) == Loaded(rows=4, new=4)
    found = set(Customer.objects.of(vendor).values_list("partner__company", "reference", "name"))
    assert found == {(partner.company, "7", "Bäcker"), (partner.company, "8", ""), (other.company, "7", "")}
    assert orders.load(text) == Loaded(rows=4, unchanged=4)
    assert Order.objects.of(vendor).filter(partner=partner, customer__reference="7").count() == 2


BAD = [
    (",2026-01-31,1,5", "customer_id", "It is empty, and is needed."),
    ("7,,1,5", "ordered_on", "It is empty, and is needed."),
    ("7,12/31/2025,1,5", "ordered_on", "“12/31/2025” is not a date. Write it as 2026-12-31 or 31.12.2026."),
    ("7,2026-03-04,1,5", "ordered_on", "It lies in the future: 2026-03-04."),
    ("7,2026-01-31,0,5", "quantity", "“0” is not a quantity. Write a whole number from 1."),
    ("7,2026-01-31,1,five", "amount", "“five” is not an amount. Write it as 1234.56 or 1.234,56."),
    ("7,2026-01-31,1,-5", "amount", "“-5” is below zero. Returns and credits are no orders; leave them out."),
    ("7,2026-01-31,1,99999999999", "amount", "“99999999999” is too large an amount."),
]


@pytest.mark.parametrize(("row", "column", "reason"), BAD)
def test_a_bad_row_is_told_with_line_column_and_reason(
    orders: Importer, vendor: Vendor, row: str, column: str, reason: str
) -> None:
    text = HEADER + "1,2026-01-31,1,5\n" + row + "\n"
    assert [(p.line, p.column, p.reason) for p in orders.problems(text)] == [(3, column, reason)]
    assert orders.load(text).new == 1


def test_an_unknown_partner_and_an_empty_one_are_bad(orders: Importer, partner: Partner) -> None:
    text = f"Partner;Customer;Date\nNobody;7;2026-01-31\n;8;2026-01-31\n{partner.company};9;2026-01-31\n"
    assert [(p.line, p.column, p.reason) for p in orders.problems(text)] == [
        (2, "Partner", "“Nobody” is none of your partners. Load the partners first."),
        (3, "Partner", "It is empty. Name the partner whose customer this is, or leave out the whole column."),
    ]


def test_another_vendors_partner_is_unknown(
    orders: Importer, other_vendor: Vendor, stranger: Member, now: datetime
) -> None:
    Partner.objects.create(vendor=other_vendor, company="Theirs", reference="7", manager=stranger, signed_at=now)
    assert orders.problems("Partner;Customer;Date\nTheirs;7;2026-01-31\n")[0].column == "Partner"
    assert orders.load(HEADER + "7,2026-01-31,1,5\n").further == 1


def test_today_is_the_vendors(orders: Importer, vendor: Vendor, now: datetime) -> None:
    tomorrow = (now + timedelta(days=1)).date().isoformat()
    Vendor.objects.filter(pk=vendor.pk).update(time_zone="Pacific/Kiritimati")
    orders.run.vendor.refresh_from_db()
    late = now.replace(hour=12)  # already the next day on Kiritimati
    orders.run.now = late
    assert orders.problems(HEADER + f"7,{tomorrow},1,5\n") == []


def test_a_partner_renamed_after_the_look_through_is_told(orders: Importer, partner: Partner, vendor: Vendor) -> None:
    file = orders.understand("Partner;Customer;Order date\nbüro süd gmbh;7;2026-01-31\n")
    assert not file.survey().problems
    partner.company = "Büro Nord"
    partner.save()
    with pytest.raises(Unreadable, match="No partner is called “büro süd gmbh” any more"):
        list(load(file, without=set(), run=orders.run))


NUMBERED = "customer_id;ordered_on;quantity;amount;order number\n"


def test_items_of_an_order_add_up_also_across_chunks(
    orders: Importer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partners.importing.loading_orders.CHUNK", 2)
    text = NUMBERED + "7;2026-01-31;1;10;A-1\n7;2026-01-31;2;5,50;A-1\n7;2026-01-31;1;;A-1\n8;2026-01-31;1;70;A-2\n"
    assert not orders.problems(text)
    assert orders.load(text) == Loaded(rows=4, new=2, further=2)
    found = Order.objects.of(vendor).order_by("reference").values_list("reference", "quantity", "amount")
    assert list(found) == [("no:A-1", 4, Decimal("15.50")), ("no:A-2", 1, 70)]
    assert orders.load(text) == Loaded(rows=4, unchanged=4)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("7;2026-01-31;1;1;A\n9;2026-01-31;1;1;A\n", "of another customer or another day. Give each order"),
        ("7;2026-01-31;1;1;A\n7;2026-02-01;1;1;A\n", "of another customer or another day. Give each order"),
        ("7;2026-01-31;1;1;A\n8;2026-01-31;1;1;B\n7;2026-01-31;1;1;A\n", "sort the file by order number"),
        ("7;2026-01-31;1;9999999999;A\n7;2026-01-31;1;9999999999;A\n", "becomes too large"),
    ],
)
def test_a_number_that_another_order_has_is_a_mistake_of_its_row_and_loses_no_other(
    orders: Importer, vendor: Vendor, rows: str, reason: str
) -> None:
    [problem] = orders.problems(NUMBERED + rows)
    assert problem.line == NUMBERED.count("\n") + rows.count("\n")
    assert problem.column == "order number"
    assert reason in problem.reason
    assert orders.load(NUMBERED + rows).new == rows.count("\n") - 1
    assert Order.objects.of(vendor).filter(partner__reference="7").count() == 1
