from django.db import migrations, models


class Migration(migrations.Migration):
    """Nullable, so that processes of the release before can go on noting what was changed."""

    dependencies = [
        ("playbooks", "0020_partners_send_a_file_along"),
    ]

    operations = [
        migrations.AddField(
            model_name="draftchange",
            name="after",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
