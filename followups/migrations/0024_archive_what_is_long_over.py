from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import partners.places

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
    ("answered", "It had been answered by then"),
]


def bring_back(apps: Any, schema_editor: Any) -> None:
    """Rows keep their keys in the archive, so that they fit where they came from."""
    for name in ("Message", "Attempt", "FollowUp"):
        hot, archived = apps.get_model("followups", name), apps.get_model("followups", f"Archived{name}")
        columns = ", ".join(schema_editor.quote_name(field.column) for field in archived._meta.local_concrete_fields)
        rows = f"SELECT {columns} FROM {archived._meta.db_table}"  # noqa: S608 - names of our own
        schema_editor.execute(f"INSERT INTO {hot._meta.db_table} ({columns}) {rows}")


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0023_leave_notes_at_the_bell"),
        ("partners", "0007_say_what_loading_would_do"),
        ("playbooks", "0002_steps_may_ask_for_the_goal"),
    ]

    operations = [
        migrations.AlterField(
            model_name="followup",
            name="contact",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="partners.contact",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="enrollment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="playbooks.enrollment",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="partners.member",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="partner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="partners.partner",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="progress",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="playbooks.progress",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="vendor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="partners.vendor"
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="contact",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="%(class)ss",
                to="partners.contact",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="%(class)ss",
                to="partners.member",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="vendor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="partners.vendor",
            ),
        ),
        migrations.CreateModel(
            name="ArchivedMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=400, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reminder", "Reminder"),
                            ("greeting", "Welcome"),
                            ("answer", "Answer"),
                            ("account", "Account"),
                            ("touch", "Touch"),
                        ],
                        max_length=8,
                    ),
                ),
                ("channel", models.CharField(default="mail", max_length=8)),
                ("to_address", models.EmailField(max_length=254)),
                ("language", models.CharField(blank=True, max_length=5)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("claimed", "Claimed"),
                            ("sending", "Being sent"),
                            ("accepted", "Accepted by the mail server"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown: the line broke while sending"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="ready",
                        max_length=9,
                    ),
                ),
                ("not_before", models.DateTimeField()),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("text", models.TextField(blank=True)),
                ("html", models.TextField(blank=True)),
                ("headers", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="%(class)ss",
                        to="partners.contact",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="%(class)ss",
                        to="partners.member",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="partners.vendor",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArchivedFollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                (
                    "channel",
                    models.CharField(
                        choices=[("mail", "E-mail"), ("in-app", "A note in Firstline, at the bell")],
                        db_default="mail",
                        default="mail",
                        max_length=8,
                    ),
                ),
                ("episode", models.PositiveIntegerField(default=0)),
                ("anchor_at", models.DateTimeField()),
                ("offset", models.DurationField()),
                ("time_zone", models.CharField(max_length=64, validators=[partners.places.validate_time_zone])),
                ("policy_version", models.PositiveIntegerField()),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("scheduled", "Planned"),
                            ("decided", "Decided"),
                            ("cancelled", "Cancelled"),
                            ("suppressed", "Held back"),
                        ],
                        default="scheduled",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=REASONS,
                        max_length=24,
                    ),
                ),
                (
                    "held",
                    models.CharField(
                        blank=True,
                        choices=REASONS,
                        db_default="",
                        default="",
                        max_length=24,
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="partners.contact",
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="playbooks.enrollment",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="partners.member",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="partners.partner",
                    ),
                ),
                (
                    "progress",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="playbooks.progress",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="partners.vendor"
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="followups",
                        to="followups.archivedmessage",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArchivedAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("fence", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.CharField(
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
                ("code", models.PositiveIntegerField(blank=True, null=True)),
                ("response", models.TextField(blank=True)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="followups.archivedmessage",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="archivedmessage",
            index=models.Index(fields=["vendor", "-finished_at"], name="archivedmessage_by_vendor"),
        ),
        migrations.AddIndex(
            model_name="archivedfollowup",
            index=models.Index(fields=["partner", "-finished_at", "-id"], name="archivedfollowup_timeline"),
        ),
        migrations.AddConstraint(
            model_name="archivedfollowup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("progress__isnull", False)),
                fields=("enrollment", "progress", "kind", "episode"),
                name="archivedfollowup_once_per_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivedfollowup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("enrollment__isnull", False), ("progress", None)),
                fields=("enrollment", "kind", "episode"),
                name="archivedfollowup_once_per_enrollment",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivedfollowup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("enrollment", None), ("progress", None)),
                fields=("partner", "kind", "episode"),
                name="archivedfollowup_once_per_partner",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, bring_back),
    ]
