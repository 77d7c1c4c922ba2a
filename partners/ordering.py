"""Orders on record, and what they tell about whoever ordered: on how many days, the first and the last of them.

Everything that writes orders does it here, and nothing else computes these figures.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import connection, transaction

from partners.inserting import insert
from partners.models import Customer, Order, Vendor

BATCH: Final = 2_000
FIGURES: Final = ("order_days", "first_order_on", "last_order_on")


class Placed(NamedTuple):
    """One order, by a partner itself or, with ``customer_id``, by one of its customers."""

    partner_id: int
    reference: str  # the order's own number, or one that says the same
    ordered_on: date
    customer_id: int | None = None
    quantity: int = 1
    amount: Decimal | None = None


@transaction.atomic
def record_orders(orders: Sequence[Placed], *, vendor: Vendor, now: datetime) -> None:
    """Write down orders that are new, and what they change about the customers who placed them."""
    insert(Order, Placed._fields, orders, same={"vendor_id": vendor.pk, "imported_at": now})
    count_anew({order.customer_id for order in orders if order.customer_id is not None})


def counted(by: str, *, among: str) -> str:
    """A query with one row for each ``by`` (a column of the orders) that has orders: how many, and its ``FIGURES``.

    ``among`` is a condition on the orders, written by us.
    """
    return f"""SELECT {by}, count(*) AS orders, count(DISTINCT ordered_on) AS order_days,
  min(ordered_on) AS first_order_on, max(ordered_on) AS last_order_on
FROM partners_order WHERE {among} GROUP BY {by}"""  # noqa: S608 - names of ours


@transaction.atomic
def count_anew(customer_ids: Iterable[int]) -> None:
    """Bring the figures of these customers up to date; rows that are right already are not written.

    Two transactions may add orders of one customer: each takes the customer's row first and counts in a statement
    after that, so the second one counts what the first has committed.
    """
    for ids in _batches(sorted({int(pk) for pk in customer_ids})):
        list(Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        with connection.cursor() as cursor:
            cursor.execute(_different(ids))
            found = [value for row in cursor.fetchall() for value in row[: 1 + len(FIGURES)]]
            if found:
                # Written by key from the answer: in one statement with the question, a planner without statistics
                # asks it anew for every customer.
                cursor.execute(_written(len(found) // (1 + len(FIGURES))), found)


def _written(rows: int) -> str:
    day = "%s::date" if connection.vendor == "postgresql" else "%s"
    values = ", ".join([f"(%s, %s, {day}, {day})"] * rows)
    changes = ", ".join(f"{figure} = fresh.column{place}" for place, figure in enumerate(FIGURES, start=2))
    return f"""UPDATE partners_customer SET {changes}
FROM (VALUES {values}) fresh WHERE partners_customer.id = fresh.column1"""  # noqa: S608 - names of ours


def customers_adrift(*, vendor: Vendor) -> Iterator[int]:
    """The vendor's customers whose figures are not what their orders say."""
    last = 0
    while ids := list(
        Customer.objects.of(vendor).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        with connection.cursor() as cursor:
            cursor.execute(_different(ids))
            found = sorted(row[0] for row in cursor.fetchall())
        yield from found
        last = ids[-1]


def _different(ids: Sequence[int]) -> str:
    """A query: those of these customers whose figures differ from what their orders say, with the right figures.

    What the orders say is computed once, whatever a planner without statistics thinks: a table that was empty a minute
    ago looks as if it had one row, and then counting anew for each row seems cheap.
    """
    keys = ", ".join(str(int(pk)) for pk in ids)
    stored = ", ".join(f"c.{figure}" for figure in FIGURES)
    return f"""WITH counted AS MATERIALIZED ({counted("customer_id", among=f"customer_id IN ({keys})")})
SELECT * FROM (
  SELECT c.id, COALESCE(o.order_days, 0) AS order_days, o.first_order_on, o.last_order_on,
    ({stored}) IS DISTINCT FROM (COALESCE(o.order_days, 0), o.first_order_on, o.last_order_on) AS differs
  FROM partners_customer c
  LEFT JOIN counted o ON o.customer_id = c.id
  WHERE c.id IN ({keys})) compared
WHERE differs"""  # noqa: S608 - names and numbers of ours


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
