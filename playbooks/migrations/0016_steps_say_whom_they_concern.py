from django.db import migrations, models


class Migration(migrations.Migration):
    """With defaults of the database, so that processes of the release before can go on writing steps and progress."""

    dependencies = [
        ("playbooks", "0015_steps_may_mark_an_achievement"),
        ("partners", "0014_say_what_partners_do"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="condition",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="progress",
            name="left_out",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
