from typing import Any

from django.db import migrations
from django.utils import timezone

BATCH = 10_000
WEIGHTS_BEFORE = (25, 30)  # signed and not accepted; the vendor's turn and not late yet


def judge_anew(apps: Any, schema_editor: Any) -> None:
    """Their weight is another now: say that the clock changes something for them, and detecting gives them theirs."""
    standings = apps.get_model("followups", "Standing").objects
    last, now = 0, timezone.now()
    while True:
        page = standings.filter(pk__gt=last, severity__in=WEIGHTS_BEFORE).order_by("pk").values_list("pk", flat=True)
        ids = list(page[:BATCH])
        if not ids:
            return
        standings.filter(pk__in=ids).update(next_change_at=now)
        last = ids[-1]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followups", "0009_find_those_who_walk_nothing")]

    operations = [migrations.RunPython(judge_anew, judge_anew, elidable=True)]
