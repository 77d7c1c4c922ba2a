from django.db import migrations, models
from django.db.models import Q

from partners.altering import AddIndexInUse, RemoveIndexInUse


class Migration(migrations.Migration):
    """This week's newcomers are those who began a playbook; the index holds them alone."""

    atomic = False

    dependencies = [("followups", "0007_welcome_those_who_were_accepted")]

    operations = [
        AddIndexInUse(
            model_name="standing",
            index=models.Index(
                fields=["vendor", "-accepted_at"],
                condition=Q(accepted_at__isnull=False, started_at__isnull=False),
                name="standing_began",
            ),
        ),
        RemoveIndexInUse(model_name="standing", name="standing_new"),
    ]
