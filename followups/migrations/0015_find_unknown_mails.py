from django.db import migrations, models
from django.db.models import Q

from partners.altering import AddIndexInUse


class Migration(migrations.Migration):
    """Operators are shown the mails of which nobody knows whether they left; few are, and the index holds those."""

    atomic = False

    dependencies = [("followups", "0014_pause_vendors")]

    operations = [
        AddIndexInUse(
            model_name="message",
            index=models.Index(fields=["finished_at", "id"], condition=Q(state="unknown"), name="message_unknown"),
        )
    ]
