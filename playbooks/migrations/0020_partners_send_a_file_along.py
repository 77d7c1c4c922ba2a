from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing handovers."""

    dependencies = [
        ("playbooks", "0019_ask_for_evidence_on_delivery"),
    ]

    operations = [
        migrations.AddField(
            model_name="handover",
            name="attached",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
