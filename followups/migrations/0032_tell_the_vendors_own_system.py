import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

CHANNELS = [
    ("mail", "E-mail"),
    ("in-app", "A note in Firstline, at the bell"),
    ("call", "A call, as a task for the channel manager"),
    ("webhook", "A webhook: your own system is told"),
]
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
    ("slot", "Waits for the time that the partner set aside"),
    ("merged", "Sent together with another reminder"),
    ("sent_alone", "Sent"),
    ("policy_changed", "Planned anew because the rules changed"),
    ("first_was_late", "Moved, to keep its distance from the mail before it"),
    ("not_wanted", "They want no reminders of this kind"),
    ("fewer_wanted", "They asked for one a week; moved on"),
    ("paused", "Sending is paused; it goes on where it stopped"),
    ("touch_removed", "The cadence no longer has this touch"),
    ("condition_unmet", "The condition of this touch was not met"),
    ("answered", "It had been answered by then"),
    ("no_webhook", "There is no address for webhooks"),
    ("webhook_off", "Webhooks are paused or switched off; they go on where they stopped"),
]


def alterations() -> list[migrations.AlterField]:
    """New choices: neither engine touches the table for them."""
    mail = {"choices": CHANNELS, "default": "mail", "max_length": 8}
    fields = [(model, "channel", models.CharField(**mail)) for model in ("touch", "drafttouch")]
    for model in ("followup", "archivedfollowup"):
        fields += [
            (model, "channel", models.CharField(db_default="mail", **mail)),
            (model, "reason", models.CharField(blank=True, choices=REASONS, max_length=24)),
            (model, "held", models.CharField(blank=True, choices=REASONS, db_default="", default="", max_length=24)),
        ]
    return [migrations.AlterField(model_name=model, name=name, field=field) for model, name, field in fields]


class Migration(migrations.Migration):
    dependencies = [("followups", "0031_carry_calendar_entries"), ("partners", "0008_say_who_leads")]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=500)),
                ("secret", models.TextField()),
                ("old_secret", models.TextField(blank=True)),
                ("old_until", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField()),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "off_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("gone", "It answered that it is gone for good (410)"),
                            ("failing", "It took nothing in many tries in a row"),
                        ],
                        max_length=8,
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0)),
                ("rest_until", models.DateTimeField(blank=True, null=True)),
                ("lane", models.PositiveIntegerField(default=0)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
                (
                    "vendor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="webhook", to="partners.vendor"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(old_secret="", old_until=None) | (~Q(old_secret="") & Q(old_until__isnull=False)),
                        name="webhook_old_secret_has_end",
                    ),
                    models.CheckConstraint(
                        condition=Q(off_at=None, off_because="") | (Q(off_at__isnull=False) & ~Q(off_because="")),
                        name="webhook_off_has_reason",
                    ),
                ]
            },
        ),
        *alterations(),
    ]
