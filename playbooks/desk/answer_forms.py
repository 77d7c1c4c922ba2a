"""What can be asked of an answer, by what kind of answer it is: a part of the form for each comparison that fits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.numbers import NumberField, NumberInput
from playbooks.evidence.fields import Field, Kind
from playbooks.evidence.forms import refuse_forbidden
from playbooks.outline import LONGEST_LINE
from playbooks.paths.conditions import YES, How, Question, Test, number, same

CONTROL = {"class": "form-control"}
NO = "no"


@dataclass(frozen=True)
class Asking:
    """What an earlier step asks for; ``title`` is the step's."""

    step: str
    title: str
    field: Field
    language: str

    @property
    def question(self) -> Question:
        return self.step, self.field.key

    @property
    def name(self) -> str:
        return f"{self.step}__{self.field.key}"

    @property
    def label(self) -> str:
        return self.field.label(self.language)

    def options(self) -> list[tuple[str, str]]:
        """By the words that a test has, which are those of any language."""
        texts = [[words["text"] for words in each.texts.values() if words.get("text")] for each in self.field.options]
        own = [each.texts.get(self.language, {}).get("text") for each in self.field.options]
        return [(words[0], label or words[0]) for words, label in zip(texts, own, strict=True) if words]

    def option(self, value: str) -> str | None:
        """Which of them ``value`` is in one of its languages."""
        for each in self.field.options:
            words: list[str] = [texts["text"] for texts in each.texts.values() if texts.get("text")]
            if any(same(text, value) for text in words):
                return words[0]
        return None


@dataclass(frozen=True)
class Part:
    """``shown`` says what the part shows of a test, None for one that it cannot show; ``said`` is the way back."""

    name: str
    made: Callable[[Asking], forms.Field]
    shown: Callable[[Test, Asking], Any]
    said: Callable[[Any], tuple[str, tuple[str, ...]]]


def parts_of(field: Field) -> Sequence[Part]:
    return PARTS.get(field.kind, ())


def _number(name: str, label: Any, how: How) -> Part:
    return Part(
        name,
        lambda asking: NumberField(label=label, required=False, widget=NumberInput(CONTROL)),
        lambda test, asking: number(test.values[0]) if test.how == how and len(test.values) == 1 else None,
        lambda value: (how, (_plain(value),)),
    )


def _plain(value: Decimal) -> str:
    """Without zeros behind the point that nobody typed for their own sake."""
    return format(value.normalize(), "f") if value else "0"


def _day(name: str, label: Any, how: How) -> Part:
    return Part(
        name,
        lambda asking: forms.DateField(
            label=label, required=False, widget=forms.DateInput({**CONTROL, "type": "date"}, format="%Y-%m-%d")
        ),
        lambda test, asking: _as_day(test.values[0]) if test.how == how else None,
        lambda value: (how, (value.isoformat(),)),
    )


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _chosen(test: Test, asking: Asking) -> list[str] | None:
    found = [asking.option(value) for value in test.values]
    return [value for value in found if value] if test.how == How.IN and all(found) else None


def _ticked(test: Test, asking: Asking) -> str | None:
    is_about_yes = test.values and all(same(value, YES) for value in test.values)
    return {How.IN.value: YES, How.NOT_IN.value: NO}.get(test.how) if is_about_yes else None


def _word(test: Test, asking: Asking) -> str | None:
    return test.values[0] if test.how == How.CONTAINS else None


OF_TEXT = (
    Part(
        "filled",
        lambda asking: forms.BooleanField(
            label=_("is filled in"), required=False, widget=forms.CheckboxInput({"class": "form-check-input"})
        ),
        lambda test, asking: True if test.how == How.FILLED else None,
        lambda value: (How.FILLED, (YES,)),
    ),
    Part(
        "contains",
        lambda asking: forms.CharField(
            label=_("contains"),
            required=False,
            max_length=LONGEST_LINE,
            validators=[refuse_forbidden],
            widget=forms.TextInput(CONTROL),
        ),
        _word,
        lambda value: (How.CONTAINS, (value,)),
    ),
)
PARTS: Mapping[str, Sequence[Part]] = {
    Kind.TEXT: OF_TEXT,
    Kind.LINK: OF_TEXT,
    Kind.TICK: (
        Part(
            "is",
            lambda asking: forms.ChoiceField(
                label=_("is"),
                required=False,
                choices=[("", _("does not matter")), (YES, _("ticked")), (NO, _("not ticked"))],
                widget=forms.Select({"class": "form-select"}),
            ),
            _ticked,
            lambda value: (How.IN if value == YES else How.NOT_IN, (YES,)),
        ),
    ),
    Kind.NUMBER: (
        _number("least", _("is at least"), How.AT_LEAST),
        _number("most", _("is at most"), How.AT_MOST),
        _number("equals", _("is exactly"), How.IN),
    ),
    Kind.DATE: (
        _day("least", _("is on or after"), How.AT_LEAST),
        _day("most", _("is on or before"), How.AT_MOST),
    ),
    Kind.QUESTION: (
        Part(
            "options",
            lambda asking: forms.MultipleChoiceField(
                label=_("is one of"),
                required=False,
                choices=asking.options(),
                widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
            ),
            _chosen,
            lambda value: (How.IN, tuple(value)),
        ),
    ),
}
