"""The shapes that a playbook file is made of: fields, lists, words by language. What is wrong is collected."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from playbooks import outline as limits
from playbooks.outline import Texts, tidy_line
from playbooks.parsing import Listing, Mapping, Node, Scalar

MOST_FAULTS = 100

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


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


class ShapeReader:
    """Walks the nodes, collects faults and goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.languages: tuple[str, ...] = ()
        self.seen: dict[str, dict[str, int]] = {"stage": {}, "step": {}}

    def fault(self, line: int, place: str, message: str, /, **values: object) -> None:
        self.faults.append(Fault(line, place, message % values if values else message))

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
        longest: int = 0,
    ) -> None:
        """``longest`` is how many characters fit, where that is not what ``tidy`` says: a line's or a paragraph's."""
        where = f"{place}, {name}" if place else name
        found = False
        for language, part in self._by_language(node, where) if node else ():
            text = self._text(part, where, tidy, longest)
            if text:
                texts.setdefault(language, {})[name] = text
                found = True
        if required_line and not found and not any(fault.place == where for fault in self.faults):
            message = _("The %(name)s is missing. Write it in at least one language.")
            self.fault(node.line if node else required_line, where, message, name=name)

    def _text(self, node: Node, place: str, tidy: Callable[[str], str], longest: int = 0) -> str:
        if not isinstance(node, Scalar):
            self.fault(node.line, place, _("Text is expected here, not a list or fields. Put it in quotes."))
            return ""
        if node.is_missing:
            return ""
        if limits.has_forbidden(node.value):
            self.fault(node.line, place, _("There is a character here that no text may hold. Delete it."))
            return ""
        text = tidy(node.value)
        longest = longest or (limits.LONGEST_LINE if tidy is tidy_line else limits.LONGEST_PARAGRAPH)
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

    @staticmethod
    def is_key(text: str) -> bool:
        return bool(_KEY.fullmatch(text)) and len(text) <= limits.LONGEST_KEY

    def _key(self, node: Node | None, line: int, place: str, kind: str) -> str:
        where = f"{place}, key" if place else "key"
        key = node.value if isinstance(node, Scalar) else ""
        if not key:
            self.fault(node.line if node else line, where, _("The key is missing. Write for example “key: say-why”."))
            return ""
        assert node is not None  # noqa: S101 - a key was read from it
        if not self.is_key(key):
            message = _("“%(key)s” is no key. Use lower-case letters a to z, digits and single hyphens, at most 60.")
            self.fault(node.line, where, message, key=key)
        if kind and (first := self.seen[kind].get(key)):
            message = _("The key “%(key)s” is already used in line %(first)d. Give each its own.")
            self.fault(node.line, where, message, key=key, first=first)
        elif kind:
            self.seen[kind][key] = node.line
        return key
