from django.db import migrations, models


class Migration(migrations.Migration):
    """A further kind of mail; nothing changes in the database."""

    dependencies = [("followups", "0006_engine_indexes")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[("reminder", "Reminder"), ("greeting", "Welcome"), ("account", "Account")], max_length=8
            ),
        ),
    ]
