from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns alone: no row is touched. A process that does not know them yet can go on writing customers."""

    dependencies = [
        ("partners", "0004_count_broken_loads"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="order_days",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="customer",
            name="first_order_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="last_order_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
