import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from partners.altering import AddIndexInUse, RemoveFieldIndexInUse, RemoveIndexInUse


class Migration(migrations.Migration):
    """Each row of these tables changes several times within minutes, and every change pays for every index."""

    atomic = False

    dependencies = [("followups", "0021_find_who_needs_us_in_two_orders")]

    operations = [
        AddIndexInUse(
            model_name="message",
            index=models.Index(
                fields=["to_address"], condition=Q(finished_at=None, kind="reminder"), name="message_not_over"
            ),
        ),
        RemoveIndexInUse(model_name="message", name="message_not_left_yet"),
        RemoveFieldIndexInUse(
            model_name="message",
            name="vendor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="partners.vendor",
            ),
        ),
        RemoveFieldIndexInUse(
            model_name="attempt",
            name="message",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attempts",
                to="followups.message",
            ),
        ),
        RemoveFieldIndexInUse(
            model_name="followup",
            name="partner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="followups",
                to="partners.partner",
            ),
        ),
    ]
