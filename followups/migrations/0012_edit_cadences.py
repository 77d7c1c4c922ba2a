from typing import Any

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

TO = [("partner", "The partner’s contact"), ("manager", "The channel manager"), ("sponsor", "The sponsor")]
ROLES = [
    ("owner", "Owner"),
    ("sales", "Sales"),
    ("technical", "Technical"),
    ("marketing", "Marketing"),
    ("finance", "Finance"),
    ("stakeholder", "Stakeholder"),
]
CONDITIONS = [
    ("", "Always"),
    ("nothing_done", "Only while the partner has not done a single step"),
    ("something_done", "Only once the partner has done a step"),
]


def after_hours() -> Any:
    between = [django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2160)]
    return models.PositiveIntegerField(validators=between)


def role() -> Any:
    return models.CharField(blank=True, choices=ROLES, db_default="", default="", max_length=12)


def condition() -> Any:
    return models.CharField(blank=True, choices=CONDITIONS, db_default="", default="", max_length=16)


def texts() -> Any:
    return models.JSONField(blank=True, db_default={}, default=dict)


def leave(apps: Any, schema_editor: Any) -> None:
    """Forwards there is nothing to do: every vendor has its standard cadence already."""


def keep_the_standard_ones(apps: Any, schema_editor: Any) -> None:
    """Backwards a vendor has one cadence: those of single playbooks go, and their partners are under the standard."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the table could not be altered after the delete
    apps.get_model("followups", "Cadence").objects.filter(playbook__isnull=False).delete()


class Migration(migrations.Migration):
    """Columns and a table that nobody reads yet. A process that does not know them can go on founding vendors."""

    dependencies = [
        ("followups", "0011_index_leases_by_themselves"),
        ("partners", "0006_fill_order_days_of_customers"),
        ("playbooks", "0002_steps_may_ask_for_the_goal"),
    ]

    operations = [
        migrations.AlterField(
            model_name="cadence",
            name="vendor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="cadences", to="partners.vendor"
            ),
        ),
        migrations.AddField(
            model_name="cadence", name="draft_since", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="cadence",
            name="playbook",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="playbooks.playbook",
            ),
        ),
        migrations.AddConstraint(
            model_name="cadence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("playbook", None)), fields=("vendor",), name="cadence_standard_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="cadence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("playbook__isnull", False)), fields=("playbook",), name="cadence_of_playbook_once"
            ),
        ),
        migrations.AlterField(model_name="touch", name="after_hours", field=after_hours()),
        migrations.AddField(model_name="touch", name="role", field=role()),
        migrations.AddField(model_name="touch", name="condition", field=condition()),
        migrations.AddField(model_name="touch", name="texts", field=texts()),
        migrations.CreateModel(
            name="DraftTouch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SlugField(max_length=40)),
                ("after_hours", after_hours()),
                (
                    "basis",
                    models.CharField(
                        choices=[("elapsed", "Hours on the clock"), ("working", "Working hours")],
                        default="elapsed",
                        max_length=8,
                    ),
                ),
                ("to", models.CharField(choices=TO, default="partner", max_length=8)),
                ("role", role()),
                ("condition", condition()),
                ("channel", models.CharField(choices=[("mail", "E-mail")], default="mail", max_length=8)),
                ("texts", texts()),
                (
                    "cadence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draft_touches",
                        to="followups.cadence",
                    ),
                ),
            ],
            options={"ordering": ["cadence", "after_hours"]},
        ),
        migrations.AddConstraint(
            model_name="drafttouch",
            constraint=models.UniqueConstraint(fields=("cadence", "kind"), name="draft_touch_kind_once"),
        ),
        migrations.RunPython(leave, keep_the_standard_ones, elidable=True),
    ]
