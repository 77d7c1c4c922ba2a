"""What a step asks for, as plain values: the fields of a form, among them the questions of a quiz.

Values that were given are plain as well: ``True`` for a tick, a text, a number in decimal digits, a day as ISO 8601
has it, an address, for a question the places of the options chosen, counted from 0, and for a file its ``file`` (the
key of a ``StoredFile``), ``name`` and ``size``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from playbooks.models import Step
from playbooks.models.step import Turn
from playbooks.texts import text_in

Texts = dict[str, dict[str, Any]]
Value = bool | str | list[int] | dict[str, Any]

MOST_FIELDS = 20
MOST_OPTIONS = 10
MOST_DECIMALS = 4
GREATEST_NUMBER = Decimal(10**12)
MANY_FIELDS = 6  # more than that are no small move any longer


class Kind(TextChoices):
    TICK = "tick", _("A tick")
    TEXT = "text", _("A text")
    NUMBER = "number", _("A number")
    DATE = "date", _("A date")
    LINK = "link", _("A link")
    QUESTION = "question", _("A quiz question")
    FILE = "file", _("A file")


# The words that a field has beside its label and its help.
OWN_WORDS: Mapping[str, Sequence[str]] = {Kind.NUMBER: ("unit",), Kind.QUESTION: ("explanation",)}
FIELD_LINES = ("label", "help", "unit")
FIELD_PARAGRAPHS = ("explanation",)


@dataclass(frozen=True)
class Option:
    """One answer to choose; ``texts`` has ``text`` by language."""

    texts: Texts
    right: bool = False

    def text(self, language: str) -> str:
        return str(text_in(self.texts, "text", language) or "")


@dataclass(frozen=True)
class Field:
    """One thing to give; ``texts`` has ``label``, ``help`` and the kind's own words by language."""

    key: str
    kind: str
    texts: Texts
    required: bool = True
    least: Decimal | None = None
    most: Decimal | None = None
    decimals: int = 0
    options: tuple[Option, ...] = ()

    def text(self, name: str, language: str) -> str:
        return str(text_in(self.texts, name, language) or "")

    def label(self, language: str) -> str:
        return self.text("label", language) or self.key

    @property
    def right(self) -> list[int]:
        """The places of the right options."""
        return [place for place, option in enumerate(self.options) if option.right]

    def as_json(self) -> dict[str, Any]:
        """As a step's column holds it; what is as usual is left out."""
        stored: dict[str, Any] = {"key": self.key, "kind": str(self.kind), "texts": self.texts}
        if not self.required:
            stored["required"] = False
        for name, limit in (("min", self.least), ("max", self.most)):
            if limit is not None:
                stored[name] = format(limit, "f")
        if self.decimals:
            stored["decimals"] = self.decimals
        if self.options:
            stored["options"] = [{"texts": each.texts, "right": each.right} for each in self.options]
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Field":
        return cls(
            key=stored["key"],
            kind=stored["kind"],
            texts=stored["texts"],
            required=stored.get("required", True),
            least=Decimal(stored["min"]) if "min" in stored else None,
            most=Decimal(stored["max"]) if "max" in stored else None,
            decimals=stored.get("decimals", 0),
            options=tuple(Option(each["texts"], each["right"]) for each in stored.get("options", ())),
        )


@dataclass(frozen=True)
class Asked:
    """All that a step asks for. ``pass_mark`` is how many questions must be right; 0: each that is answered."""

    fields: tuple[Field, ...] = ()
    pass_mark: int = 0

    def __bool__(self) -> bool:
        return bool(self.fields)

    @classmethod
    def of(cls, step: Step) -> "Asked":
        return cls(tuple(map(Field.from_json, step.evidence)), step.pass_mark)

    @property
    def questions(self) -> list[Field]:
        return [field for field in self.fields if field.kind == Kind.QUESTION]

    def unmet(self, given: Mapping[str, Value]) -> list[str]:
        """The keys of what stands in the way of done: required and missing, or a question that is not right yet."""
        missing = [field.key for field in self.fields if field.required and not given.get(field.key)]
        answered = [field for field in self.questions if given.get(field.key)]
        wrong = [field.key for field in answered if given[field.key] != field.right]
        if self.pass_mark and len(answered) - len(wrong) >= self.pass_mark:
            wrong = []
        elif self.pass_mark and not wrong:  # enough could be right, were more of them answered
            wrong = [field.key for field in self.questions if not given.get(field.key) and not field.required]
        return [field.key for field in self.fields if field.key in {*missing, *wrong}]


def asked_on_delivery(step: Step) -> Asked:
    """Of whoever at the vendor does the step for the partner: all that the partner would give, but for the quiz.

    A quiz is there for what the partner learns by it. Nobody else's answers would be worth anything, and who had the
    work done is not examined in it; so a step's questions are skipped along with the work.
    """
    return Asked(tuple(field for field in Asked.of(step).fields if field.kind != Kind.QUESTION))


def asks(step: Step) -> bool:
    """Whether who does the step has something to give. The vendor's own steps ask for nothing."""
    return bool(step.evidence) and step.who != Turn.VENDOR


def with_languages(fields: Iterable[Field], kept: Sequence[str]) -> list[dict[str, Any]]:
    """Fields as a column holds them, in the languages ``kept`` alone."""

    def only(texts: Texts) -> Texts:
        return {language: words for language, words in texts.items() if language in kept}

    return [
        Field(
            **{
                **field.__dict__,
                "texts": only(field.texts),
                "options": tuple(Option(only(each.texts), each.right) for each in field.options),
            }
        ).as_json()
        for field in fields
    ]
