import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that may be empty: neither engine rewrites the table for it."""

    dependencies = [
        ("followups", "0018_keep_hot_tables_tidy"),
        ("partners", "0007_say_what_loading_would_do"),
    ]

    operations = [
        migrations.AddField(
            model_name="start",
            name="manager",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="partners.member",
            ),
        ),
    ]
