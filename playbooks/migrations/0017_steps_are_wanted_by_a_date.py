from django.db import migrations, models


class Migration(migrations.Migration):
    """With defaults of the database, so that processes of the release before can go on writing steps and progress."""

    dependencies = [
        ("playbooks", "0016_steps_say_whom_they_concern"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="due",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="step",
            name="with_sponsor",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="progress",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
