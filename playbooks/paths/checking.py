"""What keeps steps from being reached, in plain words: needs that nothing meets, circles, tests that nobody passes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from playbooks.evidence.fields import Kind
from playbooks.models import PlaybookVersion, Step
from playbooks.paths.circles import circles
from playbooks.paths.conditions import condition_of, questions_in
from playbooks.paths.reach import faults
from playbooks.paths.timing import late_faults
from playbooks.texts import readers_first, shortened


@dataclass(frozen=True)
class Gap:
    message: str
    blocks: bool


Gaps = Mapping[int, Sequence[Gap]]  # by the step's id


def of_paths(steps: Sequence[Step], version: PlaybookVersion, *, today: date | None) -> Gaps:
    """Of all steps of a version, in their order. Without ``today`` no date counts as past."""
    found: dict[int, list[Gap]] = defaultdict(list)
    if not any(step.needs or step.condition or step.due for step in steps):
        return found
    by_key = {step.key: step for step in steps}
    language = next(iter(readers_first(version.languages)), "")
    for step in steps:
        found[step.pk].extend(_of_needs(step, by_key, language))
        for fault in faults(step, condition_of(step.condition), by_key, language):
            found[step.pk].append(Gap(f"{_quoted(step, language)}: {fault}", blocks=True))
        for fault in late_faults(step, by_key, language, version=version, today=today) if step.due else ():
            found[step.pk].append(Gap(f"{_quoted(step, language)}: {fault}", blocks=True))
        found[step.pk].extend(_of_offers(step, by_key, language))
    waits_for = {step.key: {*step.needs, *(asked for asked, _field in questions_in(step.condition))} for step in steps}
    for circle in circles(by_key, waits_for):
        titles = [_quoted(step, language) for step in circle]
        message = _("%(steps)s wait for each other, so none of them ever opens. Take one of these needs out.")
        if len(circle) == 1:
            message = _("%(steps)s needs itself, so it never opens. Take this need out.")
        found[circle[0].pk].append(Gap(message % {"steps": get_text_list(titles, _("and"))}, blocks=True))
    if all(step.condition for step in steps):
        message = _("Every step is for some partners alone. Whom none of them concerns is done at once, with nothing.")
        found[steps[0].pk].append(Gap(message, blocks=False))
    return found


def _of_needs(step: Step, by_key: Mapping[str, Step], language: str) -> Iterator[Gap]:
    title = {"step": _quoted(step, language)}
    missing = [key for key in step.needs if key not in by_key]
    if missing:
        message = _("%(step)s needs a step that is not there (%(missing)s). Choose again what it needs.")
        yield Gap(message % {**title, "missing": ", ".join(missing)}, blocks=True)
    for key in step.needs:
        needed = by_key.get(key)
        if needed is not None and needed.position > step.position:
            message = _("%(step)s needs %(needed)s, which comes later, so it waits until then. Move it behind?")
            yield Gap(message % {**title, "needed": _quoted(needed, language)}, blocks=False)


def _of_offers(step: Step, by_key: Mapping[str, Step], language: str) -> Iterator[Gap]:
    """Where the answer to a quiz decides, which nobody gives once the vendor does that step for the partner."""
    quizzes = (key for key, field in questions_in(step.condition) if _is_quiz(by_key.get(key), field))
    for key in dict.fromkeys(quizzes):
        if (asking := by_key.get(key)) is not None and asking.offer:
            message = _(
                "%(step)s depends on a quiz of %(asked)s, which you also offer to do for the partner. Where you do it,"
                " nobody takes the quiz, and %(step)s opens all the same. Ask in another step, or take the offer out?"
            )
            yield Gap(message % {"step": _quoted(step, language), "asked": _quoted(asking, language)}, blocks=False)


def _is_quiz(step: Step | None, key: str) -> bool:
    return step is not None and any(field["key"] == key and field["kind"] == Kind.QUESTION for field in step.evidence)


def _quoted(step: Step, language: str) -> str:
    return _("“%(title)s”") % {"title": shortened(step.title(language))}
