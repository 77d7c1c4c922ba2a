import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A task may be about a step that waits for the vendor: then it is due on a day, and may be about nobody."""

    dependencies = [
        ("followups", "0034_tasks_about_doubts"),
        ("partners", "0013_do_steps_for_partners"),
        ("playbooks", "0014_do_steps_for_partners"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="task",
            name="overdue_told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="task",
            name="contact",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="partners.contact",
            ),
        ),
        migrations.AlterField(
            model_name="task",
            name="kind",
            field=models.CharField(
                choices=[
                    ("call", "A call"),
                    ("address", "A new address"),
                    ("doubt", "Doubts"),
                    ("stuck", "Stuck"),
                    ("approve", "Approvals"),
                    ("handover", "Done for them"),
                    ("step", "Your own steps"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("kind__in", ("stuck", "approve", "handover", "step"))),
                fields=("progress",),
                name="task_owed_once_a_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ("stuck", "approve", "handover", "step")),
                        ("due_at__isnull", False),
                        ("progress__isnull", False),
                    ),
                    models.Q(
                        models.Q(("kind__in", ("stuck", "approve", "handover", "step")), _negated=True),
                        ("contact__isnull", False),
                        ("due_at", None),
                    ),
                    _connector="OR",
                ),
                name="task_owed_is_due",
            ),
        ),
    ]
