"""A playbook file (docs/playbook-format.md) into an outline, or everything that is wrong with it, with lines."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from partners.places import LANGUAGES
from playbooks import outline as limits
from playbooks.models.step import Turn
from playbooks.outline import PlaybookOutline, StageOutline, StepOutline, Texts, tidy_line, tidy_paragraph
from playbooks.parsing import CannotParse, Listing, Mapping, Node, Scalar, parse

FORMAT = 1
MOST_FAULTS = 100

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLAYBOOK = ("format", "key", "languages", "name", "summary", "goal_hint", "stages")
_STAGE = ("key", "title", "steps")
_STEP = (
    *("key", "title", "why", "how", "minutes", "tools", "skills"),
    *("when", "obstacles", "done_when", "who", "asks_for_goal"),
)
_OBSTACLE = ("what", "answer")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, what, and what to do about it."""

    line: int
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.line}: {self.place}: {self.message}" if self.place else f"{self.line}: {self.message}"


class CannotRead(Exception):
    """The file is no playbook; ``faults`` says why, all at once, in the order of lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)[:MOST_FAULTS]
        super().__init__("\n".join(map(str, self.faults)))

    def lines(self, file: str) -> list[str]:
        """``file:line: place: message``, as compilers and editors write it."""
        return [f"{file}:{fault}" for fault in self.faults]


def read(source: bytes) -> PlaybookOutline:
    """The playbook that ``source`` describes. Raises CannotRead with every fault that was found."""
    try:
        root = parse(source)
    except CannotParse as error:
        raise CannotRead([Fault(error.line, "", error.message)]) from error
    reader = _Reader()
    outline = reader.playbook(root)
    if reader.faults:
        raise CannotRead(reader.faults)
    return outline


class _Reader:
    """Walks the nodes, collects faults and goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.languages: tuple[str, ...] = ()
        self.seen: dict[str, dict[str, int]] = {"stage": {}, "step": {}}

    def fault(self, line: int, place: str, message: str, /, **values: object) -> None:
        self.faults.append(Fault(line, place, message % values if values else message))

    def playbook(self, root: Node) -> PlaybookOutline:
        fields = self._fields(root, "", _PLAYBOOK)
        self._format(fields.get("format"), root.line)
        self.languages = self._languages(fields.get("languages"), root.line)
        texts: Texts = {}
        self._words(texts, "name", fields.get("name"), "", tidy_line, root.line)
        self._words(texts, "summary", fields.get("summary"), "", tidy_paragraph)
        self._words(texts, "goal_hint", fields.get("goal_hint"), "", tidy_paragraph)
        stages = self._items(fields.get("stages"), "stages", limits.MOST_STAGES)
        outline = PlaybookOutline(
            key=self._key(fields.get("key"), root.line, "", ""),
            languages=self.languages,
            texts=texts,
            stages=tuple(self._stage(node, number) for number, node in enumerate(stages, 1)),
        )
        self._count_steps(outline, root.line)
        return outline

    def _count_steps(self, outline: PlaybookOutline, line: int) -> None:
        if sum(1 for _step in outline.steps) > limits.MOST_STEPS:
            message = _("There are more than %(most)d steps. Split the playbook.")
            self.fault(line, "stages", message, most=limits.MOST_STEPS)

    def _stage(self, node: Node, number: int) -> StageOutline:
        fields = self._fields(node, _("stage %(number)d") % {"number": number}, _STAGE)
        key = self._key(fields.get("key"), node.line, _("stage %(number)d") % {"number": number}, "stage")
        place = _("stage “%(key)s”") % {"key": key or number}
        texts: Texts = {}
        self._words(texts, "title", fields.get("title"), place, tidy_line, node.line)
        steps = self._items(fields.get("steps"), f"{place}, steps", limits.MOST_STEPS)
        return StageOutline(key, texts, tuple(self._step(step, place, at) for at, step in enumerate(steps, 1)))

    def _step(self, node: Node, stage: str, number: int) -> StepOutline:
        numbered = _("%(stage)s, step %(number)d") % {"stage": stage, "number": number}
        fields = self._fields(node, numbered, _STEP)
        key = self._key(fields.get("key"), node.line, numbered, "step")
        place = _("step “%(key)s”") % {"key": key} if key else numbered
        texts: Texts = {}
        self._words(texts, "title", fields.get("title"), place, tidy_line, node.line)
        self._words(texts, "when", fields.get("when"), place, tidy_line)
        for name in limits.STEP_PARAGRAPHS:
            self._words(texts, name, fields.get(name), place, tidy_paragraph)
        for name in limits.STEP_LISTS:
            self._lists(texts, name, fields.get(name), place, self._list_item)
        self._lists(texts, "obstacles", fields.get("obstacles"), place, self._obstacle)
        minutes = self._minutes(fields.get("minutes"), place)
        in_order = {language: texts[language] for language in self.languages if language in texts}
        who = self._who(fields.get("who"), place)
        return StepOutline(key, in_order, minutes, who, self._asks_for_goal(fields.get("asks_for_goal"), who, place))

    # Single fields

    def _format(self, node: Node | None, line: int) -> None:
        if node is None:
            self.fault(line, "format", _("The format is missing. Write “format: 1” in the first line."))
        elif not isinstance(node, Scalar) or node.value != str(FORMAT):
            self.fault(node.line, "format", _("This format is not known. Write “format: 1”."))

    def _languages(self, node: Node | None, line: int) -> tuple[str, ...]:
        known = [code for code, _name in LANGUAGES]
        listed = self._items(node, "languages", len(known)) if node else []
        if not listed:
            self.fault(line, "languages", _("The languages are missing. Write for example “languages: [en, de]”."))
        found: list[str] = []
        for item in listed:
            code = item.value if isinstance(item, Scalar) else ""
            if code not in known:
                message = _("“%(code)s” is no language that pages are shown in. Choose from: %(known)s.")
                self.fault(item.line, "languages", message, code=code, known=", ".join(known))
            elif code in found:
                self.fault(item.line, "languages", _("“%(code)s” is listed twice. Keep one."), code=code)
            else:
                found.append(code)
        return tuple(found)

    def _key(self, node: Node | None, line: int, place: str, kind: str) -> str:
        where = f"{place}, key" if place else "key"
        key = node.value if isinstance(node, Scalar) else ""
        if not key:
            self.fault(node.line if node else line, where, _("The key is missing. Write for example “key: say-why”."))
            return ""
        assert node is not None  # noqa: S101 - a key was read from it
        if not _KEY.fullmatch(key) or len(key) > limits.LONGEST_KEY:
            message = _("“%(key)s” is no key. Use lower-case letters a to z, digits and single hyphens, at most 60.")
            self.fault(node.line, where, message, key=key)
        if kind and (first := self.seen[kind].setdefault(key, node.line)) != node.line:
            message = _("The key “%(key)s” is already used in line %(first)d. Give each its own.")
            self.fault(node.line, where, message, key=key, first=first)
        return key

    def _minutes(self, node: Node | None, place: str) -> int:
        if node is None:
            return 10
        text = node.value if isinstance(node, Scalar) else ""
        if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= limits.LONGEST_MINUTES:
            return int(text)
        message = _("“%(text)s” is no number of minutes. Write a whole number from 1 to 480, such as “minutes: 10”.")
        self.fault(node.line, f"{place}, minutes", message, text=text)
        return 10

    def _who(self, node: Node | None, place: str) -> str:
        if node is None:
            return str(Turn.PARTNER)
        who = node.value if isinstance(node, Scalar) else ""
        if who not in Turn.values:
            message = _("“%(who)s” cannot do a step. Write partner, vendor or sponsor.")
            self.fault(node.line, f"{place}, who", message, who=who)
        return who

    def _asks_for_goal(self, node: Node | None, who: str, place: str) -> bool:
        if node is None:
            return False
        text = node.value if isinstance(node, Scalar) else ""
        if text not in ("true", "false"):
            message = _("“%(text)s” is neither yes nor no. Write “true” or “false”.")
            self.fault(node.line, f"{place}, asks_for_goal", message, text=text)
        elif text == "true" and who != Turn.PARTNER:
            message = _("Only a step of the partner can ask for the goal. Take this line out, or write “who: partner”.")
            self.fault(node.line, f"{place}, asks_for_goal", message)
        return text == "true"

    # Shapes

    def _fields(self, node: Node, place: str, known: Iterable[str]) -> dict[str, Node]:
        if not isinstance(node, Mapping):
            message = _("Fields are expected here, such as: %(fields)s. Check the indentation.")
            self.fault(node.line, place, message, fields=", ".join(known))
            return {}
        self._report_repeated(node, place)
        fields: dict[str, Node] = {}
        for entry in node.entries:
            if entry.key in known:
                if not (isinstance(entry.value, Scalar) and entry.value.is_missing):
                    fields[entry.key] = entry.value
            else:
                self._report_unknown(entry.line, place, entry.key, known)
        return fields

    def _report_repeated(self, node: Mapping, place: str) -> None:
        for entry, first in node.repeated:
            message = _("“%(key)s” is written twice, first in line %(first)d. Keep one of the two.")
            self.fault(entry.line, place, message, key=entry.key, first=first)

    def _report_unknown(self, line: int, place: str, key: str, known: Iterable[str]) -> None:
        near = get_close_matches(key, list(known), n=1)
        if near:
            self.fault(line, place, _("“%(key)s” is not known here. Did you mean “%(near)s”?"), key=key, near=near[0])
        else:
            message = _("“%(key)s” is not known here. Known are: %(known)s.")
            self.fault(line, place, message, key=key, known=", ".join(known))

    def _items(self, node: Node | None, place: str, most: int) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, Listing):
            self.fault(node.line, place, _("A list is expected here, each item on its own line after a hyphen."))
            return []
        if len(node.items) > most:
            message = _("There are %(count)d items; at most %(most)d fit. Remove some.")
            self.fault(node.line, place, message, count=len(node.items), most=most)
        return node.items[:most]

    def _by_language(self, node: Node, place: str) -> list[tuple[str, Node]]:
        """The parts for each language; what stands without a language belongs to the only one there is."""
        if not isinstance(node, Mapping):
            if len(self.languages) == 1:
                return [(self.languages[0], node)]
            if self.languages:
                message = _("There are several languages. Write one line for each, such as “%(code)s: …”.")
                self.fault(node.line, place, message, code=self.languages[0])
            return []
        self._report_repeated(node, place)
        parts = []
        for entry in node.entries:
            if entry.key in self.languages:
                parts.append((entry.key, entry.value))
            elif self.languages:
                message = _("“%(code)s” is not one of this playbook's languages. Add it to “languages” or remove it.")
                self.fault(entry.line, place, message, code=entry.key)
        return parts

    def _words(
        self,
        texts: Texts,
        name: str,
        node: Node | None,
        place: str,
        tidy: Callable[[str], str],
        required_line: int = 0,
    ) -> None:
        where = f"{place}, {name}" if place else name
        found = False
        for language, part in self._by_language(node, where) if node else ():
            text = self._text(part, where, tidy)
            if text:
                texts.setdefault(language, {})[name] = text
                found = True
        if required_line and not found and not any(fault.place == where for fault in self.faults):
            message = _("The %(name)s is missing. Write it in at least one language.")
            self.fault(node.line if node else required_line, where, message, name=name)

    def _text(self, node: Node, place: str, tidy: Callable[[str], str]) -> str:
        if not isinstance(node, Scalar):
            self.fault(node.line, place, _("Text is expected here, not a list or fields. Put it in quotes."))
            return ""
        if node.is_missing:
            return ""
        if limits.has_forbidden(node.value):
            self.fault(node.line, place, _("There is a character here that no text may hold. Delete it."))
            return ""
        text = tidy(node.value)
        longest = limits.LONGEST_LINE if tidy is tidy_line else limits.LONGEST_PARAGRAPH
        if len(text) > longest:
            message = _("This text has %(length)d characters; at most %(most)d fit. Shorten it.")
            self.fault(node.line, place, message, length=len(text), most=longest)
        return text

    def _lists(
        self, texts: Texts, name: str, node: Node | None, place: str, read_item: Callable[[Node, str], Any]
    ) -> None:
        where = f"{place}, {name}"
        for language, part in self._by_language(node, where) if node else ():
            if isinstance(part, Scalar) and part.is_missing:
                continue
            items = [read_item(item, where) for item in self._items(part, where, limits.MOST_ITEMS)]
            if kept := [item for item in items if item]:
                texts.setdefault(language, {})[name] = kept

    def _list_item(self, node: Node, place: str) -> str:
        return self._text(node, place, tidy_line)

    def _obstacle(self, node: Node, place: str) -> dict[str, str]:
        fields = self._fields(node, place, _OBSTACLE)
        texts = {
            name: self._text(fields[name], place, tidy) if name in fields else ""
            for name, tidy in (("what", tidy_line), ("answer", tidy_paragraph))
        }
        return texts if any(texts.values()) else {}
