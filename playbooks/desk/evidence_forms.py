"""Forms for what a step asks for: one field at a time, in every language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from partners.numbers import NumberField, NumberInput
from partners.places import language_name
from playbooks.desk.forms import ByLanguage, Label, NewPartForm, Row
from playbooks.evidence.fields import (
    FIELD_PARAGRAPHS,
    GREATEST_NUMBER,
    MOST_DECIMALS,
    MOST_OPTIONS,
    OWN_WORDS,
    Field,
    Kind,
    Option,
)
from playbooks.parts import fingerprint

FEWEST_OPTIONS, SPARE_OPTIONS = 4, 2


class NewFieldForm(NewPartForm):
    """Its kind and its label, in one language to begin with."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, widget=forms.Select(attrs={"class": "form-select"}))


class FieldForm(ByLanguage):
    """Everything that one field says."""

    LABELS: Mapping[str, tuple[Label, Label]] = {
        "label": (_("Label"), _("What is asked for: “How many clients have you called?”")),
        "help": (_("Help"), _("One line beside it, where the label alone is not enough.")),
        "unit": (_("Unit"), _("What is counted: clients, minutes, euros.")),
        "explanation": (_("Explanation"), _("Shown when an answer is not right yet, and once the step is done.")),
        "option": (_("Answers"), _("Tick those that are right. Leave a line blank to take it out.")),
    }
    required = forms.BooleanField(
        label=_("Needed before the step is done"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, data: Any = None, *, field: Field, languages: Sequence[str]) -> None:
        initial = {"required": field.required, "seen": fingerprint(field), **dict(_initial(field, languages))}
        super().__init__(data, languages=languages, initial=initial)
        self.field = field
        self.add("label")
        self.add("help")
        self.own = OWN_WORDS.get(field.kind, ())
        for name in self.own:
            self.add(name, rows=3 if name in FIELD_PARAGRAPHS else 0)
        if field.kind == Kind.NUMBER:
            self._add_limits()
        self.option_count = self._count_options(data) if field.kind == Kind.QUESTION else 0
        for place in range(self.option_count):
            self.add(f"option_{place}")
            tick = forms.CheckboxInput(attrs={"class": "form-check-input"})
            self.fields[f"right_{place}"] = forms.BooleanField(label=_("Right"), required=False, widget=tick)

    def _add_limits(self) -> None:
        limits = {"least": _("At least"), "most": _("At most")}
        for name, label in limits.items():
            self.fields[name] = NumberField(
                label=label,
                required=False,
                min_value=-GREATEST_NUMBER,
                max_value=GREATEST_NUMBER,
                decimal_places=MOST_DECIMALS,
                widget=NumberInput({"class": "form-control"}),
            )
        self.fields["decimals"] = forms.IntegerField(
            label=_("Decimals"),
            min_value=0,
            max_value=MOST_DECIMALS,
            widget=forms.NumberInput(attrs={"class": "form-control"}),
        )

    def _count_options(self, data: Any) -> int:
        """As many as there are and two blank ones; never fewer than were sent."""
        sent = sum(1 for place in range(MOST_OPTIONS) if data and f"option_{place}_{self.languages[0]}" in data)
        wanted = max(len(self.field.options) + SPARE_OPTIONS, FEWEST_OPTIONS, sent)
        return min(wanted, MOST_OPTIONS)

    def first_rows(self) -> list[Row]:
        return [self.row("label"), self.row("help")]

    def last_rows(self) -> list[Row]:
        return [self.row(name) for name in self.own]

    def limits(self) -> list[BoundField]:
        return [self[name] for name in ("least", "most", "decimals") if name in self.fields]

    def options(self) -> Iterator[tuple[BoundField, list[tuple[str, BoundField]]]]:
        for place in range(self.option_count):
            cells = [(language_name(code), self[f"option_{place}_{code}"]) for code in self.languages]
            yield self[f"right_{place}"], cells

    def label_of(self, name: str) -> str:
        """“Label (German)” for ``label_de``."""
        stem, _rest, language = name.rpartition("_")
        if language not in self.languages:
            return str(self.fields[name].label or "")
        label = self.LABELS[stem.partition("_")[0]][0]
        return f"{label} ({language_name(language)})" if len(self.languages) > 1 else str(label)

    def clean(self) -> dict[str, Any]:
        self.require_one("label", _("Say what is asked for."))
        least, most = self.cleaned_data.get("least"), self.cleaned_data.get("most")
        if least is not None and most is not None and least > most:
            self.add_error("most", ValidationError(_("This is less than the least. Swap the two.")))
        for place in range(self.option_count):
            texts = [self.value(f"option_{place}", code) for code in self.languages]
            if self.cleaned_data.get(f"right_{place}") and not any(texts):
                words = _("This answer is right and has no text. Write it, or take the tick away.")
                self.add_error(f"option_{place}_{self.languages[0]}", ValidationError(words))
        return self.cleaned_data

    def changed_field(self) -> Field:
        """The field as the form says it; still to be tidied."""
        words = ("label", "help", *self.own)
        field = replace(
            self.field,
            texts={code: {name: self.value(name, code) for name in words} for code in self.languages},
            required=self.cleaned_data["required"],
            options=tuple(self._option(place) for place in range(self.option_count)),
        )
        if "least" in self.fields:
            said = self.cleaned_data
            field = replace(field, decimals=said["decimals"], least=_plain(said["least"]), most=_plain(said["most"]))
        return field

    def _option(self, place: int) -> Option:
        texts = {code: {"text": self.value(f"option_{place}", code)} for code in self.languages}
        return Option(texts, self.cleaned_data[f"right_{place}"])


def _plain(number: Decimal | None) -> Decimal | None:
    """Without zeros that say nothing: 5.00 is 5."""
    return None if number is None else Decimal(format(number.normalize(), "f"))


def _initial(field: Field, languages: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for language in languages:
        for name, words in field.texts.get(language, {}).items():
            yield f"{name}_{language}", words
        for place, option in enumerate(field.options):
            yield f"option_{place}_{language}", option.texts.get(language, {}).get("text", "")
    for place, option in enumerate(field.options):
        yield f"right_{place}", option.right
    yield from {"least": field.least, "most": field.most, "decimals": field.decimals}.items()
