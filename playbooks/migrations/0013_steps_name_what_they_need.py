from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing steps."""

    dependencies = [
        ("playbooks", "0012_steps_have_resources"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="needs",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
