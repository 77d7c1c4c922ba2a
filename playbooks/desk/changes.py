"""The last change of a draft, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from playbooks.desk.meanwhile import field_names
from playbooks.models import DraftChange, PlaybookVersion, Step
from playbooks.undoing import last_change, last_undone, made_of_it, what_changed

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
    made: str = ""  # of a saved step: see playbooks.undoing.made_of_it


@dataclass(frozen=True)
class Shown:
    """What can be taken back, and what redone."""

    last: ShownChange | None
    undone: ShownChange | None


def shown_changes(version: PlaybookVersion, language: str) -> Shown:
    """For the page of the whole playbook; at most four queries."""
    last, undone = (_shown_in(version, change, language) for change in (last_change(version), last_undone(version)))
    return Shown(last, undone)


def shown_changes_of(step: Step, language: str) -> Shown:
    """For the page of one step: what was changed, and what taken back, last, where it was this one's words."""
    return Shown(last_shown_of(step, language), _shown_of(step, last_undone(step.version), language))


def last_shown_of(step: Step, language: str) -> ShownChange | None:
    """What was changed last, where it was this one's words."""
    return _shown_of(step, last_change(step.version), language)


def _shown_of(step: Step, change: DraftChange | None, language: str) -> ShownChange | None:
    if change is None or (change.action, change.subject) != ("step_saved", step.key):
        return None
    names = field_names(what_changed(change, step), step.version.languages)
    return _shown(change, names or said_change(change, step.version, language), made_of_it(change, step))


def _shown_in(version: PlaybookVersion, change: DraftChange | None, language: str) -> ShownChange | None:
    if change is None:
        return None
    step = _saved_step(change, version)
    return _shown(change, _said(change, step, language), made_of_it(change, step) if step else "")


def _shown(change: DraftChange, said: str, made: str = "") -> ShownChange:
    return ShownChange(change.pk, said, str(change.made_by or ""), change.made_at, made)


def said_change(change: DraftChange, version: PlaybookVersion, language: str) -> str:
    return _said(change, _saved_step(change, version), language)


def _saved_step(change: DraftChange, version: PlaybookVersion) -> Step | None:
    """The step that was saved, as it is now; None where something else was changed, or it is gone."""
    step = version.steps.filter(key=change.subject).first() if change.action == "step_saved" else None
    if step is not None:
        step.version = version
    return step


def _said(change: DraftChange, step: Step | None, language: str) -> str:
    title = change.titles.get(language) or next(iter(change.titles.values()), "") or change.subject
    said = str(SAID[change.action]) % {"title": title}
    if step is None:
        return said
    return ": ".join(filter(None, (said, field_names(what_changed(change, step), step.version.languages))))
