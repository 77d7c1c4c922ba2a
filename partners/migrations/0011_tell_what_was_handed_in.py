from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0010_set_time_aside"),
    ]

    operations = [
        migrations.AlterField(
            model_name="activity",
            name="kind",
            field=models.CharField(
                choices=[
                    ("signed", "Signed"),
                    ("accepted", "Accepted"),
                    ("started", "Playbook started"),
                    ("opened", "Step opened"),
                    ("done", "Step done"),
                    ("stuck", "Stuck"),
                    ("helped", "Helped on"),
                    ("handed_in", "Handed in"),
                    ("withdrawn", "Taken back"),
                    ("sent_back", "Sent back"),
                    ("snoozed", "Asked for later"),
                    ("slot", "Time set aside"),
                    ("skipped", "Step skipped"),
                    ("goal", "Goal written"),
                    ("ordered", "Ordered"),
                    ("contacted", "Contacted"),
                    ("led", "Another person leads"),
                    ("unsubscribed", "Unsubscribed"),
                    ("upgraded", "Playbook updated"),
                    ("finished", "Playbook finished"),
                ],
                max_length=14,
            ),
        ),
    ]
