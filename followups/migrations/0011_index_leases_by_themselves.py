from django.db import migrations, models

from partners.altering import AddIndexInUse, RemoveIndexInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followups", "0010_judge_anew_what_waits_for_us")]

    operations = [
        AddIndexInUse(
            model_name="message",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)), fields=["lease_until"], name="message_held"
            ),
        ),
        RemoveIndexInUse(model_name="message", name="message_leased"),
    ]
