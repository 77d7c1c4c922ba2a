from django.db import migrations, models


class Migration(migrations.Migration):
    """Nullable, so that processes of the release before can go on settling steps: of those it is not known."""

    dependencies = [
        ("playbooks", "0021_what_was_taken_back_can_be_made_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="progress",
            name="on_vendors_word",
            field=models.BooleanField(blank=True, null=True),
        ),
    ]
