"""Which texts of a draft were rewritten in one language since it was published last, and not in another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from playbooks.models import PlaybookVersion, Step
from playbooks.outline import Texts

# Of the words in their order. Above it, something was mended; below it, the text says something else.
ALIKE: Final = 0.9


@dataclass(frozen=True)
class Older:
    """A text of a step: in ``languages`` as it was published, while it was ``rewritten`` in others."""

    name: str
    languages: Sequence[str]
    rewritten: Sequence[str]


def published_texts(version: PlaybookVersion, *keys: str) -> dict[str, Texts]:
    """What the steps said, by key, when the playbook was published last; two queries, or one where it never was."""
    published = version.playbook.published()
    if published is None or len(version.languages) < 2:
        return {}
    steps = published.steps.order_by()
    return dict((steps.filter(key__in=keys) if keys else steps).values_list("key", "texts"))


def older_texts(step: Step, before: Texts | None, languages: Sequence[str]) -> Iterator[Older]:
    if not before or step.texts == before:
        return
    for name in dict.fromkeys(name for words in step.texts.values() for name in words):
        pairs = [(code, before.get(code, {}).get(name), step.texts.get(code, {}).get(name)) for code in languages]
        same = [code for code, was, now in pairs if was and was == now]
        rewritten = [code for code, was, now in pairs if was and now and _is_rewritten(was, now)]
        if same and rewritten:
            yield Older(name, same, rewritten)


def _is_rewritten(was: Any, now: Any) -> bool:
    if was == now:
        return False
    return SequenceMatcher(None, _words(was), _words(now), autojunk=False).ratio() < ALIKE


def _words(text: Any) -> list[str]:
    """Of a text, of a list of lines, or of obstacles."""
    if isinstance(text, str):
        return text.split()
    parts = (part for item in text for part in (item.values() if isinstance(item, dict) else [item]))
    return [word for part in parts for word in part.split()]
