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
    ("not_wanted", "They want no reminders of this kind"),
    ("fewer_wanted", "They asked for one a week; moved on"),
    ("paused", "Sending is paused; it goes on where it stopped"),
    ("touch_removed", "The cadence no longer has this touch"),
    ("condition_unmet", "The condition of this touch was not met"),
]


class Migration(migrations.Migration):
    dependencies = [("followups", "0016_start_for_all_who_wait"), ("partners", "0006_fill_order_days_of_customers")]

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
        migrations.CreateModel(
            name="Wish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254)),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("partner", "The partner’s contact"),
                            ("manager", "The channel manager"),
                            ("sponsor", "The sponsor"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "amount",
                    models.CharField(choices=[("fewer", "Fewer: at most one a week"), ("none", "None")], max_length=5),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="wishes", to="partners.vendor"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("address", "vendor", "about"), name="wish_once")],
            },
        ),
    ]
