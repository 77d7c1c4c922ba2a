"""The last change of a draft, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from playbooks.models import DraftChange, PlaybookVersion
from playbooks.undoing import last_change

SAID: Final[dict[str, str | Promise]] = {
    "described": _("name, summary or languages changed"),
    "stage_added": _("stage “%(title)s” added"),
    "stage_copied": _("stage “%(title)s” duplicated"),
    "stage_renamed": _("stage “%(title)s” renamed"),
    "stage_removed": _("stage “%(title)s” removed"),
    "stage_moved": _("stage “%(title)s” moved"),
    "step_added": _("“%(title)s” added"),
    "step_copied": _("“%(title)s” duplicated"),
    "step_saved": _("“%(title)s” changed"),
    "step_removed": _("“%(title)s” removed"),
    "step_moved": _("“%(title)s” moved"),
}


@dataclass(frozen=True)
class ShownChange:
    pk: int
    said: str
    by: str
    at: datetime


def shown_change(version: PlaybookVersion, language: str) -> ShownChange | None:
    """What can be taken back next; one query."""
    last = last_change(version)
    if last is None:
        return None
    return ShownChange(last.pk, said_change(last, language), str(last.made_by or ""), last.made_at)


def said_change(change: DraftChange, language: str) -> str:
    title = change.titles.get(language) or next(iter(change.titles.values()), "") or change.subject
    return str(SAID[change.action]) % {"title": title}
