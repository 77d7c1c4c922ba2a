from django.db import migrations, models
from django.db.models import Q

from partners.altering import AddIndexInUse


class Migration(migrations.Migration):
    """Two small indexes: no mail is in either of them."""

    atomic = False

    dependencies = [("followups", "0032_tell_the_vendors_own_system")]

    operations = [
        AddIndexInUse(
            model_name="message",
            index=models.Index(
                fields=["vendor", "not_before"],
                condition=Q(state="ready", channel="webhook"),
                name="message_webhook_ready",
            ),
        ),
        AddIndexInUse(
            model_name="message",
            index=models.Index(fields=["vendor", "-id"], condition=Q(channel="webhook"), name="message_webhook_lately"),
        ),
    ]
