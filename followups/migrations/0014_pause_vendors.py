import django.db.models.deletion
from django.db import migrations, models

REASONS = [
    ("step_settled", "The step was done before it fell due"),
    ("not_partners_turn", "It was not the partner’s turn"),
    ("enrollment_ended", "The playbook ended"),
    ("no_address", "There is nobody to write to"),
    ("address_suppressed", "The address wants no mail or cannot get any"),
    ("outside_window", "Moved into the person’s working hours"),
    ("daily_cap", "One reminder had gone out that day; moved to the next"),
    ("weekly_cap", "Three reminders had gone out that week; moved on"),
    ("snoozed", "The partner asked for later"),
    ("merged", "Sent together with another reminder"),
    ("sent_alone", "Sent"),
    ("policy_changed", "Planned anew because the rules changed"),
    ("first_was_late", "Moved, because the reminder before it went out late"),
    ("paused", "Sending is paused; it goes on where it stopped"),
    ("touch_removed", "The cadence no longer has this touch"),
    ("condition_unmet", "The condition of this touch was not met"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0013_keep_why_followups_moved"),
        ("partners", "0006_fill_order_days_of_customers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("began_at", models.DateTimeField()),
                ("began_by", models.CharField(max_length=150)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=150)),
            ],
        ),
        migrations.AlterField(
            model_name="attempt",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("accepted", "Accepted"),
                    ("rejected", "Rejected for good"),
                    ("deferred", "Asked to try again later"),
                    ("broken", "The line broke before the text was sent"),
                    ("unknown", "The line broke while the text was sent"),
                    ("cancelled", "Not wanted any more"),
                    ("arrived", "Somebody saw that it arrived"),
                    ("again", "Somebody saw that it had not arrived, and had it sent again"),
                ],
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="held",
            field=models.CharField(blank=True, choices=REASONS, db_default="", default="", max_length=24),
        ),
        migrations.AlterField(
            model_name="followup",
            name="reason",
            field=models.CharField(blank=True, choices=REASONS, max_length=24),
        ),
        migrations.AddField(
            model_name="pause",
            name="vendor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="partners.vendor"
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("vendor",), name="pause_once_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("ended_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="pause_ended_by_somebody",
            ),
        ),
    ]
