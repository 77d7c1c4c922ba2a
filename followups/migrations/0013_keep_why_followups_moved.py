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
    ("touch_removed", "The cadence no longer has this touch"),
    ("condition_unmet", "The condition of this touch was not met"),
]


class Migration(migrations.Migration):
    """A column with a default of the database's own: no row is touched, and who does not know it writes on."""

    dependencies = [("followups", "0012_edit_cadences")]

    operations = [
        migrations.AddField(
            model_name="followup",
            name="held",
            field=models.CharField(blank=True, choices=REASONS, db_default="", default="", max_length=24),
        ),
        migrations.AlterField(
            model_name="followup",
            name="reason",
            field=models.CharField(blank=True, choices=REASONS, max_length=24),
        ),
    ]
