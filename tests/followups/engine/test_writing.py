"""Many rows, one statement: each gets its own values, of every type, and the others stay as they are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.engine.writing import add, rewrite
from followups.models import FollowUp, Message
from partners.models import Vendor
from playbooks.models import Progress
from tests.factories import NOW, make_enrollment, make_partner, make_version

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values(vendor: Vendor) -> None:
    version = make_version(vendor)
    for _ in range(3):
        make_enrollment(make_partner(vendor), version=version)
    message = Message.objects.create(key="a", kind="reminder", to_address="a@b.example", not_before=NOW, created_at=NOW)
    left, *rows = FollowUp.objects.order_by("pk")
    for number, row in enumerate(rows):
        row.due_at, row.offset, row.reason = NOW + timedelta(days=number), timedelta(minutes=number), f"it's {number}%s"
        row.message = message if number else None  # the first row has none: its type must still be known
    with CaptureQueriesContext(connection) as captured:
        rewrite(FollowUp, rows, ["due_at", "offset", "reason", "message"])
    assert len(captured) == 1
    for number, row in enumerate(FollowUp.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")):
        assert (row.due_at, row.offset) == (NOW + timedelta(days=number), timedelta(minutes=number))
        assert row.reason == f"it's {number}%s"
        assert row.message == (message if number else None)
        assert row.state == "scheduled"
    untouched = FollowUp.objects.get(pk=left.pk)
    assert (untouched.due_at, untouched.reason) == (left.due_at, "")


def test_columns_that_are_empty_in_every_row(progress: Progress) -> None:
    row = FollowUp.objects.filter(progress=progress).earliest("pk")
    row.message, row.finished_at = None, None
    rewrite(FollowUp, [row], ["message", "finished_at"])
    row.refresh_from_db()
    assert (row.message, row.finished_at) == (None, None)


COLUMNS = ("key", "kind", "to_address", "headers", "not_before", "created_at")


def mail(key: str) -> tuple[object, ...]:
    return (key, "reminder", f"{key}@b.example", {"X-Odd": f"it's 100%s {key}"}, NOW, NOW)


def test_what_is_taken_is_stepped_over() -> None:
    there = Message.objects.create(key="b", kind="reminder", to_address="a@b.example", not_before=NOW, created_at=NOW)
    with CaptureQueriesContext(connection) as captured:
        made = add(Message, COLUMNS, [mail("a"), mail("b"), mail("c")], unless_taken="key")
    assert len(captured) == 1
    assert made.keys() == {"a", "c"}
    there.refresh_from_db()
    assert there.to_address == "a@b.example"
    assert dict(Message.objects.values_list("key", "pk")) == {**made, "b": there.pk}
    assert made["a"] < made["c"]
    first = Message.objects.get(pk=made["a"])
    assert (first.to_address, first.headers) == ("a@b.example", {"X-Odd": "it's 100%s a"})
    assert (first.state, first.fence, first.finished_at) == ("ready", 0, None)


def test_one_row_is_inserted_too() -> None:
    made = add(Message, COLUMNS, [mail("a")], unless_taken="key")
    assert Message.objects.get().pk == made["a"]
    assert add(Message, COLUMNS, [mail("a")], unless_taken="key") == {}


def test_no_rows_ask_nothing() -> None:
    with CaptureQueriesContext(connection) as captured:
        rewrite(FollowUp, [], ["due_at"])
        assert add(Message, COLUMNS, [], unless_taken="key") == {}
    assert len(captured) == 0
