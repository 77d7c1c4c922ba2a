from typing import Any

import django.db.models.deletion
from django.db import migrations, models

ARCHIVES = {"Message": "ArchivedMessage", "Attempt": "ArchivedAttempt", "FollowUp": "ArchivedFollowUp"}


def leave(apps: Any, schema_editor: Any) -> None:
    """Forwards there is nothing to do: every note and every call is of a follow-up in use."""


def be_of_followups_in_use(apps: Any, schema_editor: Any) -> None:
    """Backwards notes of their own go, and the archive is brought back, to which notes and calls could not point."""
    apps.get_model("followups", "Notification").objects.exclude(key="").delete()
    tables = list(ARCHIVES.items())
    for name, archive in tables:
        hot, archived = apps.get_model("followups", name), apps.get_model("followups", archive)
        columns = ", ".join(schema_editor.quote_name(field.column) for field in archived._meta.local_concrete_fields)
        rows = f"SELECT {columns} FROM {archived._meta.db_table}"  # noqa: S608 - names of our own
        schema_editor.execute(f"INSERT INTO {hot._meta.db_table} ({columns}) {rows}")
    for pointing in ("Notification", "Task"):
        rows = apps.get_model("followups", pointing).objects.filter(archived__isnull=False)
        rows.update(followup_id=models.F("archived_id"), archived=None)
    for _name, archive in reversed(tables):
        schema_editor.execute(f"DELETE FROM {apps.get_model('followups', archive)._meta.db_table}")  # noqa: S608
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the tables could not be altered after this


def archived(related_name: str) -> Any:
    return models.ForeignKey(
        blank=True,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to="followups.archivedfollowup",
    )


class Migration(migrations.Migration):
    """Columns that are empty so far: neither engine looks through the table for them."""

    dependencies = [
        ("followups", "0028_touches_by_stage_or_step"),
        ("partners", "0008_say_who_leads"),
        ("playbooks", "0002_steps_may_ask_for_the_goal"),
    ]

    operations = [
        migrations.AddField(model_name="notification", name="archived", field=archived("notifications")),
        migrations.AddField(
            model_name="notification",
            name="key",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="notification",
            name="leads_to",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AlterField(
            model_name="notification",
            name="followup",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notification",
                to="followups.followup",
            ),
        ),
        migrations.AddField(model_name="task", name="archived", field=archived("tasks")),
        migrations.RunPython(leave, be_of_followups_in_use),
    ]
