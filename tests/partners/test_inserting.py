"""Plain rows get what an instance would have got: defaults, types, keys in their order."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from partners.inserting import insert
from partners.models import Activity, Contact, Customer, Order, Partner
from tests.factories import NOW, make_partner

pytestmark = pytest.mark.django_db
COLUMNS = ("partner_id", "reference", "ordered_on", "quantity", "amount")


def test_a_row_is_what_an_instance_would_have_been() -> None:
    partner = make_partner()
    row = (partner.pk, "N-1", date(2026, 1, 31), 2, Decimal("1234.50"))
    same = {"vendor_id": partner.vendor_id, "imported_at": NOW}
    [pk] = insert(Order, COLUMNS, [row], same=same)
    twin = Order.objects.create(**dict(zip(COLUMNS, row, strict=True)) | same | {"reference": "N-2"})
    found, expected = (Order.objects.filter(pk=each).values().get() for each in (pk, twin.pk))
    assert found | {"id": 0, "reference": ""} == expected | {"id": 0, "reference": ""}


def test_columns_that_nobody_named_have_their_defaults() -> None:
    partner = make_partner()
    insert(Contact, ("email",), [("a@x.example",)], same={"partner_id": partner.pk, "name": "A", "created_at": NOW})
    contact = Contact.objects.get(email="a@x.example")
    assert (contact.role, contact.is_primary, contact.user_id, contact.left_at) == ("owner", False, None, None)


def test_keys_come_in_the_order_of_the_rows_by_one_statement_however_many() -> None:
    partner = make_partner()
    same = {"partner_id": partner.pk, "vendor_id": partner.vendor_id, "created_at": NOW}
    names = [f"C-{number * 7919 % 1000:03}" for number in range(1000)]
    with CaptureQueriesContext(connection) as queries:
        keys = insert(Customer, ("reference",), [(name,) for name in names], same=same)
    assert len(queries) == 1
    found = Customer.objects.in_bulk(keys)
    assert [found[pk].reference for pk in keys] == names


def test_a_column_may_be_empty_in_every_row() -> None:
    partner = make_partner()
    rows = [(partner.pk, f"N-{number}", date(2026, 1, 1), 1, None) for number in range(2)]
    insert(Order, COLUMNS, rows, same={"vendor_id": partner.vendor_id, "imported_at": NOW})
    assert list(Order.objects.values_list("amount", flat=True)) == [None, None]


def test_what_is_no_plain_text_arrives_as_it_was() -> None:
    partner = make_partner()
    notes = ["ä “quoted” \\ back\nslash", "{}", "100 %", "%s"]
    same = {"partner_id": partner.pk, "vendor_id": partner.vendor_id, "at": NOW, "kind": "signed", "side": "vendor"}
    rows = [(note, {"step": note, "nested": [1, None, True]}) for note in notes]
    keys = insert(Activity, ("note", "data"), rows, same=same)
    found = Activity.objects.in_bulk(keys)
    assert [(found[pk].note, found[pk].data) for pk in keys] == rows


def test_no_rows_are_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert insert(Order, COLUMNS, []) == []
    assert len(queries) == 0


def test_a_column_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError, match="partner"):
        insert(Order, ("partner",), [(1,)])
    with pytest.raises(KeyError, match="vendor"):
        insert(Order, ("partner_id",), [(1,)], same={"vendor": 1})


def test_an_address_is_written_as_the_field_writes_it() -> None:
    partner = make_partner()
    same = {"partner_id": partner.pk, "created_at": NOW}
    insert(Contact, ("name", "email"), [("Ada", "Ada@Fjord.example"), ("Bo", "bo@fjord.example")], same=same)
    addresses = Contact.objects.filter(partner=partner, name__in=["Ada", "Bo"]).order_by("name")
    assert list(addresses.values_list("email", flat=True)) == ["ada@fjord.example", "bo@fjord.example"]


def test_what_is_there_can_be_left_as_it_is() -> None:
    partner = make_partner()
    same = {"partner_id": partner.pk, "vendor_id": partner.vendor_id, "created_at": NOW}
    insert(Customer, ("reference", "name"), [("C-1", "Old")], same=same)
    keys = insert(Customer, ("reference", "name"), [("C-1", "New"), ("C-2", "New")], same=same, unless_there=True)
    assert list(Customer.objects.order_by("reference").values_list("name", flat=True)) == ["Old", "New"]
    assert keys == [Customer.objects.get(reference="C-2").pk]


def test_constraints_hold() -> None:
    partner = make_partner()
    rows = [(partner.company, "K-1"), ("Other", "K-1")]
    same = {"vendor_id": partner.vendor_id, "manager_id": partner.manager_id, "signed_at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Partner, ("company", "reference"), rows, same=same)
    assert Partner.objects.count() == 1
