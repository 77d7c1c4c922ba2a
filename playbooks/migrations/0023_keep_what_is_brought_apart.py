from django.db import migrations, models
from django.db.models import F

AGREED = ("accepted", "scheduled", "returned")


def set_apart(apps, schema_editor):
    """Files of deliveries that are still to come: given since the turn was the vendor's."""
    evidence = apps.get_model("playbooks", "Evidence").objects
    handovers = apps.get_model("playbooks", "Handover").objects
    rows = evidence.filter(
        progress__handovers__state__in=AGREED, progress__step=F("step"), given_at__gte=F("progress__turn_since")
    )
    for row in rows.iterator():
        if isinstance(row.value, dict):
            handover = handovers.get(progress=row.progress_id, ended_at=None)
            handover.brought[row.key] = row.value
            handover.save(update_fields=["brought"])
            row.delete()


def put_back(apps, schema_editor):
    """As evidence; where the partner gave that file themselves, theirs stays."""
    evidence = apps.get_model("playbooks", "Evidence").objects
    handovers = apps.get_model("playbooks", "Handover").objects
    for handover in handovers.exclude(brought={}).filter(ended_at=None).select_related("progress").iterator():
        step, since = handover.progress.step_id, handover.progress.turn_since
        for key, value in handover.brought.items():
            told = {"value": value, "given_at": since}
            evidence.get_or_create(progress=handover.progress, step_id=step, key=key, defaults=told)


class Migration(migrations.Migration):
    """With a default of the database, so that processes of the release before can go on writing handovers."""

    dependencies = [
        ("playbooks", "0022_remember_what_is_done_on_the_vendors_word"),
    ]

    operations = [
        migrations.AddField(
            model_name="handover",
            name="brought",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.RunPython(set_apart, put_back),
    ]
