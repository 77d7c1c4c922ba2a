from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing steps."""

    dependencies = [("playbooks", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="step", name="asks_for_goal", field=models.BooleanField(db_default=False, default=False)
        ),
    ]
