from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0003_keep_uploads_between_their_steps"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
