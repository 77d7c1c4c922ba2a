"""Files that the vendor has brought for a delivery that is still to come: theirs until it is delivered.

What the partner gave in the step stays as it is meanwhile. Each function is called with the step of ``handover`` held.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from partners.models import User
from playbooks.evidence.fields import Asked, Kind, Value
from playbooks.evidence.giving import drop_files, store_each
from playbooks.files.checking import Checked
from playbooks.models import Handover


def bring(handover: Handover, checked: Mapping[str, Checked], *, by: User | None, now: datetime) -> dict[str, Value]:
    """Keep them, by the field's key; each takes the place of the one brought before."""
    files = store_each(handover.progress, checked, by=by, now=now)
    drop_files(handover.progress, [handover.brought[key] for key in files if key in handover.brought])
    handover.brought |= files
    handover.save(update_fields=["brought"])
    return files


def brought_for(handover: Handover, asked: Asked) -> dict[str, Value]:
    """Those for what is asked for now: the walk may have gone over to another version since."""
    keys = [field.key for field in asked.fields if field.kind == Kind.FILE]
    return {key: handover.brought[key] for key in keys if key in handover.brought}


def drop_brought(handover: Handover, *, but: Collection[str] = ()) -> None:
    """Nothing waits for the delivery any more; the files of ``but``, by key, are given now. The caller saves."""
    drop_files(handover.progress, [value for key, value in handover.brought.items() if key not in but])
    handover.brought = {}
