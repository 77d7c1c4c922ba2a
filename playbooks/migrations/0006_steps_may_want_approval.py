from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing steps."""

    dependencies = [("playbooks", "0005_set_time_aside")]

    operations = [
        migrations.AddField(
            model_name="step", name="wants_approval", field=models.BooleanField(db_default=False, default=False)
        ),
    ]
