"""The figures of the customers there are, a batch of keys at a time; then the rule and the index over them."""

from typing import Any

from django.db import migrations, models
from django.db.models import Max, Q

from partners.altering import AddCheckInUse, AddIndexInUse

BATCH = 10_000
FILL = """
UPDATE partners_customer
SET order_days = told.days, first_order_on = told.first_on, last_order_on = told.last_on
FROM (
  SELECT customer_id, count(DISTINCT ordered_on) AS days, min(ordered_on) AS first_on, max(ordered_on) AS last_on
  FROM partners_order WHERE customer_id > %(after)s AND customer_id <= %(upto)s GROUP BY customer_id) told
WHERE partners_customer.id = told.customer_id
"""


def fill(apps: Any, schema_editor: Any) -> None:
    highest = apps.get_model("partners", "Customer").objects.aggregate(highest=Max("pk"))["highest"] or 0
    for after in range(0, highest, BATCH):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(FILL, {"after": after, "upto": after + BATCH})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("partners", "0005_keep_order_days_of_customers"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        AddCheckInUse(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=Q(order_days=0, first_order_on=None, last_order_on=None)
                | Q(order_days__gt=0, first_order_on__isnull=False, last_order_on__isnull=False),
                name="customer_order_days_have_dates",
            ),
        ),
        AddIndexInUse(
            model_name="customer",
            index=models.Index(
                condition=Q(order_days=1),
                fields=["partner", "-last_order_on", "id"],
                name="customer_ordered_once",
            ),
        ),
    ]
