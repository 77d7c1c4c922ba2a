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
    ("slot", "Waits for the time that the partner set aside"),
    ("merged", "Sent together with another reminder"),
    ("sent_alone", "Sent"),
    ("policy_changed", "Planned anew because the rules changed"),
    ("handed_on", "Goes to somebody else at the partner now"),
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
    """A new choice: neither engine touches the table for it, and the release before only shows no words for it."""
    reason = {"blank": True, "choices": REASONS, "max_length": 24}
    fields = [
        (model, name, models.CharField(**reason, **default))
        for model in ("followup", "archivedfollowup")
        for name, default in (("reason", {}), ("held", {"db_default": "", "default": ""}))
    ]
    return [migrations.AlterField(model_name=model, name=name, field=field) for model, name, field in fields]


class Migration(migrations.Migration):
    dependencies = [("followups", "0037_list_what_is_owed")]

    operations = alterations()
