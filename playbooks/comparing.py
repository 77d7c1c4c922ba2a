"""What one version changes of another: by step, in the order of the newer one; and word by word."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from partners.places import language_name
from playbooks.evidence.fields import Asked, Kind
from playbooks.models.step import ROLES, Achieves, Turn
from playbooks.offers.items import Offer, Terms
from playbooks.outline import PlaybookOutline, StepOutline, Texts
from playbooks.paths.conditions import Test
from playbooks.paths.due import Due
from playbooks.paths.telling import due_in_words, in_words
from playbooks.resources.items import Kind as Resources
from playbooks.texts import text_in

NEW, CHANGED, GONE = _("New"), _("Changed"), _("Taken out")


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
        found.append(Change(str(CHANGED), _elsewhere(old, new, common)))
    return found


def _title(step: StepOutline, language: str) -> str:
    return text_in(step.texts, "title", language) or step.key


Placed = tuple[str, Texts, list[str]]


def _frame(outline: PlaybookOutline, common: Collection[str]) -> tuple[tuple[str, ...], Texts, list[Placed]]:
    """All but the steps themselves; of their order only that of ``common``, which both versions have."""
    stages = [
        (stage.key, stage.texts, [step.key for step in stage.steps if step.key in common]) for stage in outline.stages
    ]
    return outline.languages, outline.texts, stages


def _elsewhere(old: PlaybookOutline, new: PlaybookOutline, common: Collection[str]) -> str:
    """What of the playbook itself differs, by name."""
    codes = {*old.texts, *new.texts}
    names = [
        str(LABELS[name])
        for name in ("name", "summary", "goal_hint")
        if any(old.texts.get(code, {}).get(name) != new.texts.get(code, {}).get(name) for code in codes)
    ]
    if old.languages != new.languages:
        names.append(gettext("Languages"))
    before, after = (_frame(outline, common)[2] for outline in (old, new))
    if [stage[:2] for stage in before] != [stage[:2] for stage in after]:
        names.append(gettext("Stages"))
    if [stage[2] for stage in before if stage[2]] != [stage[2] for stage in after if stage[2]]:
        names.append(gettext("Order of the steps"))
    return ", ".join(names)


LABELS: Final[Mapping[str, str | Promise]] = {
    "name": _("Name"),
    "summary": _("Summary"),
    "goal_hint": _("Example of a goal"),
    "title": _("Title"),
    "why": _("Why it pays"),
    "how": _("How"),
    "tools": _("Tools"),
    "skills": _("Skills"),
    "when": pgettext_lazy("of a step", "When"),
    "obstacles": _("Obstacles and answers"),
    "done_when": _("Done when"),
    "minutes": _("Minutes"),
    "who": _("Who does it"),
    "asks_for_goal": _("Asks for the goal"),
    "wants_approval": _("Wants your approval"),
    "resources": _("What helps with it"),
    "asked": _("What it asks for"),
    "needs": _("Needs"),
    "offer": _("Done for you"),
    "achieves": _("When this is done, the partner has"),
    "condition": _("Whom it concerns"),
    "due": _("By when"),
    "with_sponsor": _("Together with the sponsor"),
    "role": _("Who at the partner"),
    "clients": _("Which clients"),
}
SAME, ADDED, TAKEN = "same", "added", "taken"
_WORDS = re.compile(r"\s+|[^\s]+")
_SENTENCES = re.compile(r"[^.!?\n]*(?:[.!?]+(?!\s)[^.!?\n]*)*[.!?]*\s*")
MOSTLY: Final = 0.5  # of the words of the shorter sentence; with fewer in common it is another sentence
LONGEST_SHORT: Final = 60  # characters of both: these stand on one line, with an arrow between


@dataclass(frozen=True)
class Piece:
    """A run of words that both versions have, or only the newer (added) or the older (taken)."""

    how: str
    words: str


@dataclass(frozen=True)
class Field:
    label: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Difference:
    """One step, or the playbook itself, and what of it differs."""

    key: str  # "" for the playbook itself
    how: str
    title: str
    fields: list[Field]


def differences(old: PlaybookOutline, new: PlaybookOutline, *, language: str) -> list[Difference]:
    """As ``changes``, with what each field said and says. Empty where both say the same."""
    before = {step.key: step for step in old.steps}
    after = {step.key: step for step in new.steps}
    many = len({*old.languages, *new.languages}) > 1
    titles = {key: _title(step, language) for key, step in {**before, **after}.items()}
    found = [
        Difference(
            key, str(CHANGED if key in before else NEW), titles[key], _fields(before.get(key), step, many, titles)
        )
        for key, step in after.items()
        if before.get(key) != step
    ]
    found += [
        Difference(key, str(GONE), _title(step, language), _fields(step, None, many, titles))
        for key, step in before.items()
        if key not in after
    ]
    common = before.keys() & after.keys()
    if _frame(old, common) != _frame(new, common):
        frame = [*_texts(old.texts, new.texts, many), *_order(old, new, common, language)]
        found.append(Difference("", str(CHANGED), _elsewhere(old, new, common), frame))
    return found


def _fields(old: StepOutline | None, new: StepOutline | None, many: bool, titles: Mapping[str, str]) -> list[Field]:
    found = _texts(old.texts if old else {}, new.texts if new else {}, many)
    for field in fields(StepOutline):
        if field.name in ("key", "texts"):
            continue
        before, after = (getattr(one, field.name) if one else None for one in (old, new))
        if before != after and (before or after):  # what a new step does not ask for is nothing new
            said = (_said(field.name, value, titles) for value in (before, after))
            found.append(Field(str(LABELS[field.name]), _pieces(*said)))
    return found


def _said(name: str, value: Any, titles: Mapping[str, str]) -> str:
    """``titles`` are those of the steps, by their keys."""
    if value is None:
        return ""
    if name in ("needs", "condition", "due"):
        return _path(value, titles)
    if name == "who":
        return str(Turn(value).label)
    if name == "role":
        return str(dict(ROLES)[value]) if value else gettext("anyone there")
    if name == "achieves":
        return str(Achieves(value).label) if value else gettext("nothing special")
    if isinstance(value, tuple):
        return "\n".join(f"– {Resources(each.kind).label}: {_words(each.texts)}" for each in value)
    if isinstance(value, Asked):
        return "\n".join(_asked(value))
    if isinstance(value, Offer):
        return _offered(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def _path(value: Any, titles: Mapping[str, str]) -> str:
    """When it comes: keys of steps, tests, or by when."""
    if isinstance(value, Due):
        return due_in_words(value, titles=titles)
    said = (in_words(each, titles=titles) if isinstance(each, Test) else titles.get(each, each) for each in value)
    return "\n".join(f"– {each}" for each in said)


def _asked(asked: Asked) -> Iterator[str]:
    """A line for each field, and one for each option; with their words in every language."""
    for field in asked.fields:
        kind = (
            str(Kind(field.kind).label)
            if field.required
            else gettext("%(kind)s, if they like") % {"kind": Kind(field.kind).label}
        )
        limits = [f"{sign} {limit}" for sign, limit in (("≥", field.least), ("≤", field.most)) if limit is not None]
        yield f"– {kind}: {_words(field.texts)}{', '.join(['', *limits])}"
        for option in field.options:
            yield f"   {'✓' if option.right else '·'} {_words(option.texts)}"
    if asked.pass_mark:
        yield gettext("Right answers needed: %(count)s") % {"count": asked.pass_mark}


def _offered(offer: Offer) -> str:
    days = ngettext("%(count)s working day", "%(count)s working days", offer.days) % {"count": offer.days}
    terms = ", ".join(filter(None, [str(Terms(offer.terms).label), offer.price, days if offer.days else ""]))
    return f"{terms}\n{_words(offer.texts)}".strip()


def _words(texts: Texts) -> str:
    return " / ".join(" ".join(str(word) for word in words.values() if word) for words in texts.values())


def _texts(old: Texts, new: Texts, many: bool) -> list[Field]:
    """By language, each text that differs; the language is named where there are several."""
    found = []
    for language in {**new, **old}:
        before, after = old.get(language, {}), new.get(language, {})
        for name in LABELS:
            if before.get(name) != after.get(name):
                label = f"{LABELS[name]} ({language_name(language)})" if many else str(LABELS[name])
                found.append(Field(label, _pieces(_as_text(before.get(name)), _as_text(after.get(name)))))
    return found


def _order(old: PlaybookOutline, new: PlaybookOutline, common: Collection[str], language: str) -> list[Field]:
    """The stages with their steps as a list, where they stand in another order or under another name."""
    before, after = (_listing(outline, common, language) for outline in (old, new))
    return [Field(gettext("Stages and order"), _pieces(before, after))] if before != after else []


def _listing(outline: PlaybookOutline, common: Collection[str], language: str) -> str:
    lines = []
    for stage in outline.stages:
        lines.append(text_in(stage.texts, "title", language) or stage.key)
        lines += [f"– {_title(step, language)}" for step in stage.steps if step.key in common]
    return "\n".join(lines)


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(f"{each['what']}: {each['answer']}" if isinstance(each, dict) else each for each in value)
    return value or ""


def _pieces(before: str, after: str) -> list[Piece]:
    """Word by word; but a sentence that is mostly another one comes whole, the old before the new."""
    old, new = (list(filter(None, _SENTENCES.findall(text))) for text in (before, after))
    found: list[Piece] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        found += [Piece(SAME, come)] if what == "equal" else _runs(_WORDS.findall(gone), _WORDS.findall(come))
    return found


def _runs(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    same = sum(not old[at].isspace() for i, _k, size in matcher.get_matching_blocks() for at in range(i, i + size))
    fewer = min(sum(not word.isspace() for word in words) for words in (old, new))
    if fewer and same < fewer * MOSTLY:
        gone, come = "".join(old), "".join(new)
        is_short = len(gone) + len(come) <= LONGEST_SHORT and "\n" not in gone + come
        yield Piece(TAKEN, gone.rstrip())
        yield Piece(SAME, " → " if is_short else "\n")
        yield Piece(ADDED, come)
        return
    for what, i, j, k, m in matcher.get_opcodes():
        if what == "equal":
            yield Piece(SAME, "".join(new[k:m]))
            continue
        if i < j:
            yield Piece(TAKEN, "".join(old[i:j]))
        if k < m:
            yield Piece(ADDED, "".join(new[k:m]))
