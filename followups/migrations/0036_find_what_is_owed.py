from django.db import migrations, models

from partners.altering import AddIndexInUse


class Migration(migrations.Migration):
    """Three small indexes: what is owed, what falls overdue, and how long answers took."""

    atomic = False

    dependencies = [("followups", "0035_owe_partners_something")]

    operations = [
        AddIndexInUse(
            model_name="task",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("kind__in", ("stuck", "approve", "handover", "step"))),
                fields=["vendor", "due_at", "id"],
                name="task_owed",
            ),
        ),
        AddIndexInUse(
            model_name="task",
            index=models.Index(
                condition=models.Q(
                    ("ended_at", None),
                    ("kind__in", ("stuck", "approve", "handover", "step")),
                    ("overdue_told_at", None),
                ),
                fields=["due_at"],
                name="task_to_fall_overdue",
            ),
        ),
        AddIndexInUse(
            model_name="task",
            index=models.Index(
                condition=models.Q(("ending", "done"), ("kind", "stuck")),
                fields=["vendor", "ended_at"],
                name="task_stuck_answered",
            ),
        ),
    ]
