from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KINDS = {"stuck": "stuck", "waiting": "approve", "handed_over": "handover"}
BATCH = 1000


def list_what_waits(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A task for each step that waits for its vendor now, due a day after its turn began."""
    task: Any = apps.get_model("followups", "Task")
    rows = _rows(apps)
    while batch := list(islice(rows, BATCH)):
        task.objects.bulk_create([task(**row) for row in batch], ignore_conflicts=True)


def _rows(apps: Apps) -> Iterator[dict[str, Any]]:
    progress: Any = apps.get_model("playbooks", "Progress")
    contact: Any = apps.get_model("partners", "Contact")
    waiting = progress.objects.filter(turn="vendor", enrollment__state="running").order_by("pk")
    columns = ("pk", "state", "turn_since", "enrollment__vendor", "enrollment__partner")
    found = waiting.values_list(*columns).iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        partners = {partner for *_rest, partner in batch}
        people = dict(
            contact.objects.filter(partner__in=partners, is_primary=True, left_at=None).values_list("partner", "pk")
        )
        for pk, state, since, vendor, partner in batch:
            kind = KINDS.get(state, "step")
            yield {
                "vendor_id": vendor,
                "partner_id": partner,
                "contact_id": people.get(partner) if kind != "step" else None,
                "kind": kind,
                "progress_id": pk,
                "made_at": since,
                "not_before": since,
                "due_at": since + timedelta(days=1),
            }


def take_off(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    tasks: Any = apps.get_model("followups", "Task")
    tasks.objects.filter(kind__in=["stuck", "approve", "handover", "step"]).delete()


class Migration(migrations.Migration):
    dependencies = [("followups", "0036_find_what_is_owed")]

    operations = [migrations.RunPython(list_what_waits, take_off)]
