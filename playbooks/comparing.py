"""What a draft changes of the version that is published: by step, in the order of the draft."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from playbooks.outline import PlaybookOutline, StepOutline, Texts
from playbooks.texts import text_in

NEW, CHANGED, GONE = _("New"), _("Changed"), _("Taken out")
ELSEWHERE: Final = _("Name, summary, stages or the order of the steps")


@dataclass(frozen=True)
class Change:
    how: str
    what: str


def changes(old: PlaybookOutline, new: PlaybookOutline, *, language: str) -> list[Change]:
    """Empty where both say the same."""
    before = {step.key: step for step in old.steps}
    after = {step.key: step for step in new.steps}
    found = [
        Change(str(CHANGED if key in before else NEW), _title(step, language))
        for key, step in after.items()
        if before.get(key) != step
    ]
    found += [Change(str(GONE), _title(step, language)) for key, step in before.items() if key not in after]
    common = before.keys() & after.keys()
    if _frame(old, common) != _frame(new, common):
        found.append(Change(str(CHANGED), str(ELSEWHERE)))
    return found


def _title(step: StepOutline, language: str) -> str:
    return text_in(step.texts, "title", language) or step.key


def _frame(outline: PlaybookOutline, common: Collection[str]) -> tuple[tuple[str, ...], Texts, list[object]]:
    """All but the steps themselves; of their order only that of ``common``, which both versions have."""
    stages: list[object] = [
        (stage.key, stage.texts, [step.key for step in stage.steps if step.key in common]) for stage in outline.stages
    ]
    return outline.languages, outline.texts, stages
