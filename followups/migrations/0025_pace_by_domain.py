from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0024_archive_what_is_long_over"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "domain", "minute", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("domain", models.CharField(max_length=255)),
                ("minute", models.DateTimeField()),
                ("taken", models.PositiveIntegerField(default=0)),
                ("waiting", models.PositiveIntegerField(default=0)),
            ],
        ),
    ]
