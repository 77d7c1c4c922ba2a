from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing steps."""

    dependencies = [
        ("playbooks", "0017_steps_are_wanted_by_a_date"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("owner", "Management"),
                    ("sales", "Sales"),
                    ("technical", "Technical"),
                    ("marketing", "Marketing"),
                    ("finance", "Finance"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
    ]
