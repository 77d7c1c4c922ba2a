"""The mail that answers, and truer words for why a reminder was moved. Names alone: no row and no column changes."""

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
    ("first_was_late", "Moved, to keep its distance from the mail before it"),
    ("not_wanted", "They want no reminders of this kind"),
    ("fewer_wanted", "They asked for one a week; moved on"),
    ("paused", "Sending is paused; it goes on where it stopped"),
    ("touch_removed", "The cadence no longer has this touch"),
    ("condition_unmet", "The condition of this touch was not met"),
]
KINDS = [("reminder", "Reminder"), ("greeting", "Welcome"), ("answer", "Answer"), ("account", "Account")]


class Migration(migrations.Migration):
    dependencies = [("followups", "0019_start_for_one_manager")]

    operations = [
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
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=8),
        ),
    ]
