from django.db import migrations, models


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing partners."""

    dependencies = [
        ("partners", "0013_do_steps_for_partners"),
    ]

    operations = [
        migrations.AddField(
            model_name="partner",
            name="vertical",
            field=models.CharField(blank=True, db_default="", default="", max_length=80, verbose_name="vertical"),
        ),
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
                    ("handover", "Done for them"),
                    ("snoozed", "Asked for later"),
                    ("slot", "Time set aside"),
                    ("skipped", "Step skipped"),
                    ("left_out", "Left out"),
                    ("goal", "Goal written"),
                    ("confidence", "Said how sure they are"),
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
