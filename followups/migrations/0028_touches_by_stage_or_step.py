from typing import Any

from django.db import migrations, models
from django.db.models import Q


def leave(apps: Any, schema_editor: Any) -> None:
    """Forwards there is nothing to do: no cadence is for a part of a playbook yet."""


def keep_those_of_whole_playbooks(apps: Any, schema_editor: Any) -> None:
    """Backwards a playbook has one cadence, and no draft takes it away: what is neither, goes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the table could not be altered after the delete
    cadences = apps.get_model("followups", "Cadence").objects
    cadences.exclude(stage_key="", step_key="").delete()
    cadences.filter(draft_inherits=True).update(draft_inherits=False, draft_since=None)


class Migration(migrations.Migration):
    """Columns that a process of before need not know: it takes a cadence of a part for the playbook's, so let all be
    new before the first is given. The table has a handful of rows for each vendor."""

    dependencies = [("followups", "0027_say_management")]

    operations = [
        migrations.AddField(
            model_name="cadence",
            name="stage_key",
            field=models.SlugField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="cadence",
            name="step_key",
            field=models.SlugField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(model_name="cadence", name="made_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            model_name="cadence", name="draft_inherits", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddConstraint(
            model_name="cadence",
            constraint=models.UniqueConstraint(
                fields=["playbook", "stage_key", "step_key"],
                condition=Q(playbook__isnull=False),
                name="cadence_in_playbook_once",
            ),
        ),
        migrations.RemoveConstraint(model_name="cadence", name="cadence_of_playbook_once"),
        migrations.AddConstraint(
            model_name="cadence",
            constraint=models.CheckConstraint(
                condition=Q(stage_key="", step_key="") | Q(playbook__isnull=False) & (Q(stage_key="") | Q(step_key="")),
                name="cadence_of_one_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="cadence",
            constraint=models.CheckConstraint(
                condition=Q(draft_inherits=False) | Q(draft_since__isnull=False, playbook__isnull=False),
                name="cadence_inherits_by_draft",
            ),
        ),
        migrations.RunPython(leave, keep_those_of_whole_playbooks, elidable=True),
    ]
