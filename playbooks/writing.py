"""An outline into a playbook file; reading it again gives the same outline."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import yaml

from playbooks.evidence import reading as evidence
from playbooks.offers import reading as offers
from playbooks.outline import STEP_LISTS, PlaybookOutline, StageOutline, StepOutline, Texts
from playbooks.paths import reading as paths
from playbooks.reading import FORMAT
from playbooks.resources import reading as resources

WIDTH = 110

# Line breaks to YAML, but not to people: only double quotes carry them unharmed.
_ODD_BREAKS = frozenset("\x85\u2028\u2029\ufeff")


class _Dumper(yaml.SafeDumper):
    """Never uses aliases, indents lists, and writes several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _ODD_BREAKS & set(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _number(dumper: yaml.SafeDumper, number: Decimal) -> yaml.ScalarNode:
    digits = format(number, "f")
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in digits else 'int'}", digits)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _number)


def write(outline: PlaybookOutline) -> str:
    """The file of ``outline``, in format 1."""
    one = len(outline.languages) == 1
    whole: dict[str, Any] = {"format": FORMAT, "key": outline.key, "languages": list(outline.languages)}
    whole |= _fields(outline.texts, ("name", "summary", "goal_hint"), one)
    whole["stages"] = [_stage(stage, one) for stage in outline.stages]
    return yaml.dump(whole, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


def _stage(stage: StageOutline, one: bool) -> dict[str, Any]:
    return {
        "key": stage.key,
        **_fields(stage.texts, ("title",), one),
        "steps": [_step(step, one) for step in stage.steps],
    }


def _step(step: StepOutline, one: bool) -> dict[str, Any]:
    return {
        "key": step.key,
        **_fields(step.texts, ("title", "why", "how"), one),
        "minutes": step.minutes,
        **_fields(step.texts, ("clients", *STEP_LISTS[1:], "when", "obstacles", "done_when"), one),
        "who": step.who,
        **({"role": step.role} if step.role else {}),
        **({"with_sponsor": True} if step.with_sponsor else {}),
        **({"asks_for_goal": True} if step.asks_for_goal else {}),
        **({"wants_approval": True} if step.wants_approval else {}),
        **({"achieves": step.achieves} if step.achieves else {}),
        **evidence.written(step.asked, lambda texts, names: _fields(texts, names, one)),
        **resources.written(step.resources, lambda texts, names: _fields(texts, names, one)),
        **paths.written(step),
        **offers.written(step.offer, lambda texts, names: _fields(texts, names, one)),
    }


def _fields(texts: Texts, names: tuple[str, ...], one: bool) -> dict[str, Any]:
    """Each field by language; in a playbook of one language, the text alone."""
    only: Callable[[dict[str, Any]], Any] = lambda by_language: next(iter(by_language.values()))  # noqa: E731
    fields: dict[str, Any] = {}
    for name in names:
        by_language = {language: words[name] for language, words in texts.items() if words.get(name)}
        if by_language:
            fields[name] = only(by_language) if one else by_language
    return fields
