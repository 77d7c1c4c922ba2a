"""What a step asks for, in a playbook file: read with every fault, and written so that reading gives the same."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from playbooks.evidence.fields import (
    FIELD_LINES,
    GREATEST_NUMBER,
    MOST_DECIMALS,
    MOST_FIELDS,
    MOST_OPTIONS,
    OWN_WORDS,
    Asked,
    Field,
    Kind,
    Option,
)
from playbooks.outline import Texts, tidy_line, tidy_paragraph
from playbooks.parsing import Node, Scalar
from playbooks.reading_shapes import ShapeReader

_COMMON = ("key", "kind", "label", "help", "required")
_OF_KIND = {Kind.NUMBER: ("unit", "min", "max", "decimals"), Kind.QUESTION: ("options", "explanation")}
_OPTION = ("text", "right")


class EvidenceReader(ShapeReader):
    def asked(self, node: Node | None, mark: Node | None, place: str) -> Asked:
        """Of a step: its fields, and how many questions must be right."""
        self.seen["field"] = {}
        found = self._items(node, f"{place}, evidence", MOST_FIELDS)
        fields = tuple(self._field(each, place, number) for number, each in enumerate(found, 1))
        pass_mark = self.whole(mark, f"{place}, pass_mark", most=MOST_FIELDS)
        if mark and not any(field.kind == Kind.QUESTION for field in fields):
            message = _("There is no question that could be right. Take this line out, or ask one.")
            self.fault(mark.line, f"{place}, pass_mark", message)
        return Asked(fields, pass_mark)

    def _field(self, node: Node, step: str, number: int) -> Field:
        numbered = _("%(step)s, evidence %(number)d") % {"step": step, "number": number}
        fields = self._fields(node, numbered, (*_COMMON, *(name for names in _OF_KIND.values() for name in names)))
        key = self._key(fields.get("key"), node.line, numbered, "field")
        place = _("%(step)s, evidence “%(key)s”") % {"step": step, "key": key} if key else numbered
        kind = self._kind(fields.get("kind"), node.line, place)
        for name in sorted(fields.keys() - {*_COMMON, *_OF_KIND.get(Kind(kind), ())}):
            message = _("“%(name)s” does not belong to this kind of evidence. Take it out.")
            self.fault(fields[name].line, place, message, name=name)
        texts: Texts = {}
        for name in ("label", "help", *OWN_WORDS.get(kind, ())):
            self._words(texts, name, fields.get(name), place, tidy_line if name in FIELD_LINES else tidy_paragraph)
        options = self._items(fields.get("options"), f"{place}, options", MOST_OPTIONS)
        return Field(
            key=key,
            kind=kind,
            texts={language: texts[language] for language in self.languages if language in texts},
            required=self.truth(fields.get("required"), f"{place}, required", otherwise=True),
            least=self._number(fields.get("min"), f"{place}, min"),
            most=self._number(fields.get("max"), f"{place}, max"),
            decimals=self.whole(fields.get("decimals"), f"{place}, decimals", most=MOST_DECIMALS),
            options=tuple(self._option(option, place) for option in options),
        )

    def _kind(self, node: Node | None, line: int, place: str) -> str:
        kind = node.value if isinstance(node, Scalar) else ""
        if kind in Kind.values:
            return kind
        message = _("“%(kind)s” is no kind of evidence. Choose from: %(known)s.")
        self.fault(node.line if node else line, f"{place}, kind", message, kind=kind, known=", ".join(Kind.values))
        return str(Kind.TEXT)

    def _option(self, node: Node, place: str) -> Option:
        fields = self._fields(node, place, _OPTION)
        texts: Texts = {}
        self._words(texts, "text", fields.get("text"), place, tidy_line, node.line)
        in_order = {language: texts[language] for language in self.languages if language in texts}
        return Option(in_order, self.truth(fields.get("right"), f"{place}, right"))

    def _number(self, node: Node | None, place: str) -> Decimal | None:
        if node is None:
            return None
        text = node.value if isinstance(node, Scalar) else ""
        try:
            number = Decimal(text) if text.isascii() and len(text) < 20 else None
        except InvalidOperation:
            number = None
        if number is not None and number.is_finite() and abs(number) <= GREATEST_NUMBER and _is_short(number):
            return number
        self.fault(node.line, place, _("“%(text)s” is no number. Write digits, such as 12 or 0.5."), text=text)
        return None

    def whole(self, node: Node | None, place: str, *, most: int) -> int:
        """A whole number from 0 to ``most``; 0 where there is none."""
        if node is None:
            return 0
        text = node.value if isinstance(node, Scalar) else ""
        if text.isascii() and text.isdecimal() and len(text) < 5 and int(text) <= most:
            return int(text)
        message = _("“%(text)s” is no whole number from 0 to %(most)d.")
        self.fault(node.line, place, message, text=text, most=most)
        return 0

    def truth(self, node: Node | None, place: str, *, otherwise: bool = False) -> bool:
        if node is None:
            return otherwise
        text = node.value if isinstance(node, Scalar) else ""
        if text not in ("true", "false"):
            message = _("“%(text)s” is neither yes nor no. Write “true” or “false”.")
            self.fault(node.line, place, message, text=text)
        return text == "true"


def _is_short(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -MOST_DECIMALS <= exponent <= 0


def written(asked: Asked, words: Callable[[Texts, tuple[str, ...]], dict[str, Any]]) -> dict[str, Any]:
    """The fields of a file; ``words`` turns texts into theirs."""
    fields: dict[str, Any] = {"evidence": [_field(field, words) for field in asked.fields]} if asked else {}
    return fields | ({"pass_mark": asked.pass_mark} if asked.pass_mark else {})


def _field(field: Field, words: Callable[[Texts, tuple[str, ...]], dict[str, Any]]) -> dict[str, Any]:
    fields = {"key": field.key, "kind": str(field.kind), **words(field.texts, ("label", "help", "unit"))}
    for name, limit in (("min", field.least), ("max", field.most)):
        fields |= {name: limit} if limit is not None else {}
    fields |= {"decimals": field.decimals} if field.decimals else {}
    if field.options:
        right = {True: {"right": True}, False: {}}
        fields["options"] = [words(option.texts, ("text",)) | right[option.right] for option in field.options]
    fields |= words(field.texts, ("explanation",))
    return fields | ({} if field.required else {"required": False})
