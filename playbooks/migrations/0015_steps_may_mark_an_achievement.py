from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing steps."""

    dependencies = [("playbooks", "0014_do_steps_for_partners")]

    operations = [
        migrations.AddField(
            model_name="step",
            name="achieves",
            field=models.CharField(
                blank=True,
                choices=[("first_client", "chosen a first client"), ("first_campaign", "sent a first campaign")],
                db_default="",
                default="",
                max_length=20,
            ),
        ),
    ]
