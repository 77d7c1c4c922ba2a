"""What keeps a walk from going on, in plain words: needs that nothing meets, and steps that wait for each other."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from playbooks.models import Step


@dataclass(frozen=True)
class Gap:
    message: str
    blocks: bool


Gaps = Mapping[int, Sequence[Gap]]  # by the step's id


def of_paths(steps: Sequence[Step], languages: Sequence[str]) -> Gaps:
    """Of all steps of a version, in their order."""
    found: dict[int, list[Gap]] = defaultdict(list)
    if not any(step.needs for step in steps):
        return found
    by_key = {step.key: step for step in steps}
    language = languages[0] if languages else ""
    for step in steps:
        found[step.pk].extend(_of_needs(step, by_key, language))
    for circle in _circles(by_key):
        titles = [_quoted(step, language) for step in circle]
        message = _("%(steps)s wait for each other, so none of them ever opens. Take one of these needs out.")
        if len(circle) == 1:
            message = _("%(steps)s needs itself, so it never opens. Take this need out.")
        found[circle[0].pk].append(Gap(message % {"steps": get_text_list(titles, _("and"))}, blocks=True))
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


def _circles(by_key: Mapping[str, Step]) -> Iterator[list[Step]]:
    """Steps that wait for each other, each circle in the order in which they do, begun with its first step."""
    waiting = {key: {need for need in step.needs if need in by_key} for key, step in by_key.items()}
    while True:
        before = None
        while before != len(waiting):
            before = len(waiting)
            for key in list(waiting):
                if not waiting[key] & waiting.keys():
                    del waiting[key]
        if not waiting:
            return
        circle = _followed(waiting)
        first = min(range(len(circle)), key=lambda place: by_key[circle[place]].position)
        yield [by_key[key] for key in (*circle[first:], *circle[:first])]
        for key in circle:
            del waiting[key]


def _followed(waiting: Mapping[str, set[str]]) -> list[str]:
    """From one step to one that it waits for, until one comes again."""
    trail = [next(iter(waiting))]
    while (following := min(waiting[trail[-1]] & waiting.keys())) not in trail:
        trail.append(following)
    return trail[trail.index(following) :]


def _quoted(step: Step, language: str) -> str:
    return _("“%(title)s”") % {"title": step.title(language)}
