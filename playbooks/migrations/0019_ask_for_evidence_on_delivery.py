from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database: what processes of the release before deliver was delivered without."""

    dependencies = [
        ("playbooks", "0018_steps_may_be_for_a_role"),
    ]

    operations = [
        migrations.AddField(
            model_name="handover",
            name="with_evidence",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
