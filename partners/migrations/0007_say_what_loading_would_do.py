from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0006_fill_order_days_of_customers")]

    operations = [
        migrations.AddField(model_name="upload", name="outlook", field=models.JSONField(default=dict)),
    ]
