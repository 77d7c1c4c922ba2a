from django.db import migrations, models
from django.db.models import Q

from partners.altering import AddCheckInUse, AddUniqueInUse


class Migration(migrations.Migration):
    """What the columns before it are held to."""

    atomic = False

    dependencies = [("followups", "0029_leave_notes_of_their_own")]

    operations = [
        AddUniqueInUse(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=["archived"], condition=Q(archived__isnull=False), name="notification_once_archived"
            ),
        ),
        AddUniqueInUse(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=["vendor", "key"], condition=~Q(key=""), name="notification_once_per_key"
            ),
        ),
        AddUniqueInUse(
            model_name="task",
            constraint=models.UniqueConstraint(
                fields=["archived"], condition=Q(archived__isnull=False), name="task_once_archived"
            ),
        ),
        AddCheckInUse(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=Q(followup__isnull=False, archived=None, key="", leads_to="")
                | Q(followup=None, archived__isnull=False, key="", leads_to="")
                | (Q(followup=None, archived=None) & ~Q(key="") & ~Q(leads_to="")),
                name="notification_of_one_thing",
            ),
        ),
        AddCheckInUse(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=Q(followup=None) | Q(archived=None), name="task_of_one_followup"
            ),
        ),
    ]
