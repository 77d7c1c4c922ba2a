"""YAML text into nodes that know their line. Nothing is built but text, lists and mappings.

Aliases, anchors and tags are refused, so a small file cannot unfold into a large one or name a class.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from django.utils.translation import gettext as _

LARGEST_FILE = 2 * 1024 * 1024  # bytes; the starters take about 60 kB each
DEEPEST = 12  # a playbook needs eight levels

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CannotParse(Exception):
    """The text is no YAML that a playbook may be written in."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass
class Scalar:
    """A piece of text; ``plain`` when it stood without quotes, so that ``10`` may be a number."""

    line: int
    value: str
    plain: bool

    @property
    def is_missing(self) -> bool:
        return self.plain and self.value in ("", "~", "null")


@dataclass
class Listing:
    line: int
    items: list["Node"] = field(default_factory=list)


@dataclass
class Entry:
    line: int
    key: str
    value: "Node"


@dataclass
class Mapping:
    line: int
    entries: list[Entry] = field(default_factory=list)
    repeated: list[tuple[Entry, int]] = field(default_factory=list)  # with the line that had the key first


Node = Scalar | Listing | Mapping


def parse(source: bytes) -> Node:
    """The nodes of one YAML document. Raises CannotParse, with the line."""
    if len(source) > LARGEST_FILE:
        raise CannotParse(1, _("The file is larger than 2 MB. Split it into several playbooks."))
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise CannotParse(line, _("The file is not in UTF-8. Save it again with the encoding UTF-8.")) from error
    try:
        return _document(_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise CannotParse(mark.line + 1 if mark else 1, _not_yaml(error.problem or "")) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise CannotParse(line, _("There is a character here that no text may hold. Delete it.")) from error


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _not_yaml(problem: str) -> str:
    return _(
        "This is not YAML (%(problem)s). Look for a missing quote or colon, or a line that is not"
        " indented like its neighbours."
    ) % {"problem": problem}


def _events(text: str) -> Iterator[yaml.Event]:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise CannotParse(line, _("Aliases (& and *) are not allowed here. Write the text out."))
        if getattr(event, "tag", None):
            raise CannotParse(line, _("Tags (!) are not allowed here. Put the text in quotes."))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise CannotParse(line, _("This is nested too deeply for a playbook. Check the indentation."))
        yield event


def _document(events: Iterator[yaml.Event]) -> Node:
    documents = 0
    root: Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise CannotParse(_line(event), _("A second document starts here. Keep one playbook to a file."))
        elif isinstance(event, yaml.NodeEvent):
            root = _node(event, events)
    if root is None:
        raise CannotParse(1, _("The file is empty. Start with a playbook that was exported, or with a starter."))
    return root


def _node(event: yaml.Event, events: Iterator[yaml.Event]) -> Node:
    line = _line(event)
    if isinstance(event, yaml.ScalarEvent):
        return Scalar(line, event.value, plain=event.implicit[0])
    if isinstance(event, yaml.SequenceStartEvent):
        listing = Listing(line)
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            listing.items.append(_node(inner, events))
        return listing
    return _mapping(Mapping(line), events)


def _mapping(mapping: Mapping, events: Iterator[yaml.Event]) -> Mapping:
    seen: dict[str, int] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        line = _line(event)
        key = _node(event, events)
        if not isinstance(key, Scalar):
            raise CannotParse(line, _("A field's name must be a word. Check the brackets and the indentation."))
        entry = Entry(line, key.value, _node(next(events), events))
        if key.value in seen:
            mapping.repeated.append((entry, seen[key.value]))
        else:
            seen[key.value] = line
            mapping.entries.append(entry)
    return mapping
