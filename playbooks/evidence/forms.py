"""The fields that a step's page has, made from what its author asks for; each fault says what to do."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.numbers import NumberField, NumberInput
from playbooks.evidence.fields import GREATEST_NUMBER, Asked, Field, Kind, Value
from playbooks.files.checking import ACCEPTED, Checked, FileRefused, check
from playbooks.outline import LONGEST_PARAGRAPH, has_forbidden

CONTROL = {"class": "form-control"}
LONGEST_ADDRESS = 2000
LOST = gettext_lazy("The file did not arrive. Choose it once more.")
EMPTY = gettext_lazy("This file is empty. Choose another one.")


def refuse_forbidden(text: str) -> None:
    if has_forbidden(text):
        raise ValidationError(_("There is a character here that no text may hold. Delete it and type it anew."))


class FileWidget(forms.FileInput):
    """Knows the tick beside a file that was kept and need not be there: False takes it out."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        upload = super().value_from_datadict(data, files, name)
        return False if upload is None and not self.is_required and f"{name}-remove" in data else upload


class CheckedFile(forms.FileField):
    """Cleans to a ``Checked``, to what was kept before, or to False where that is to be taken out."""

    def to_python(self, data: Any) -> Any:
        upload: Any = super().to_python(data)
        try:
            return check(upload) if upload else None
        except FileRefused as refusal:
            raise ValidationError(str(refusal)) from refusal


class EvidenceForm(forms.Form):
    """``given`` is what was given before, by key. ``language`` is the reader's."""

    def __init__(
        self, data: Any = None, files: Any = None, *, asked: Asked, language: str, given: Mapping[str, Value]
    ) -> None:
        initial = {field.key: _shown(field, given[field.key]) for field in asked.fields if field.key in given}
        super().__init__(data, files, prefix="evidence", initial=initial, use_required_attribute=False)
        self.asked = asked
        for field in asked.fields:
            self.fields[field.key] = _made(field, language)

    def clean(self) -> dict[str, Any]:
        given = {key: value for key, value in self.given().items() if value}
        for field in self.asked.questions:
            if field.key in self.errors or field.key not in self.asked.unmet(given):
                continue
            explanation = self.fields[field.key].explanation  # type: ignore[attr-defined]
            words = _("That is not right yet. Think again, and choose another answer.")
            if field.key not in given:
                words = _("Answer this one too: not enough answers are right yet.")
            self.add_error(field.key, f"{words} {explanation}" if field.key in given and explanation else words)
        return self.cleaned_data

    def given(self) -> dict[str, Value]:
        """What was sent, as it is kept; an empty one takes back what was there."""
        plain = [key for key, field in self.fields.items() if not isinstance(field, CheckedFile)]
        given = {key: _kept(self.cleaned_data[key]) for key in plain if key in self.cleaned_data}
        return given | {key: "" for key, value in self.cleaned_data.items() if value is False and key not in plain}

    def files_sent(self) -> dict[str, Checked]:
        """Those that may be kept, whatever is wrong with the rest."""
        self.full_clean()
        return {key: value for key, value in self.cleaned_data.items() if isinstance(value, Checked)}

    def show_kept(self, kept: Mapping[str, Value]) -> None:
        """Files that were stored since the form was made stand there as those given before do."""
        for key, value in kept.items():
            self.initial[key] = value
            self[key].__dict__.pop("initial", None)  # it was looked at before

    def typed(self) -> list[tuple[str, str]]:
        """Label and words of what was typed, whether it is in order or not."""
        values = ((self[key].label, self[key].value()) for key in self.changed_data)
        return [(str(label), value) for label, value in values if isinstance(value, str) and value.strip()]


def _shown(field: Field, value: Value) -> Any:
    """As the form's field has it, so that it can tell what has changed."""
    match field.kind:
        case Kind.NUMBER:
            return Decimal(str(value))
        case Kind.DATE:
            return date.fromisoformat(str(value))
        case Kind.QUESTION if isinstance(value, list):
            places = [str(place) for place in value]
            return places if len(field.right) > 1 else places[0]
    return value


def _kept(value: Any) -> Value:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return sorted(int(place) for place in value)
    return value if isinstance(value, bool) else str(value or "")


def _made(field: Field, language: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.label(language),
        "help_text": field.text("help", language),
        "required": field.required,
    }
    match field.kind:
        case Kind.TICK:
            tick = forms.CheckboxInput(attrs={"class": "form-check-input"})
            return forms.BooleanField(widget=tick, error_messages=_says(_("Tick this once it is so.")), **common)
        case Kind.NUMBER:
            return _number(field, field.text("unit", language), common)
        case Kind.DATE:
            day = forms.DateInput(attrs={"type": "date", **CONTROL}, format="%Y-%m-%d")
            words = _says(gettext_lazy("Choose a day from the calendar."))
            return forms.DateField(widget=day, input_formats=["%Y-%m-%d", "%d.%m.%Y"], error_messages=words, **common)
        case Kind.LINK:
            return _link(common)
        case Kind.FILE:
            chooser = FileWidget(attrs={"accept": ACCEPTED, **CONTROL})
            errors = {"required": gettext_lazy("Choose a file."), "invalid": LOST, "missing": LOST, "empty": EMPTY}
            return CheckedFile(widget=chooser, error_messages=errors, **common)
        case Kind.QUESTION:
            return _question(field, language, common)
    text = forms.Textarea(attrs={"rows": 3, **CONTROL})
    words = {"required": gettext_lazy("Write something here; a sentence is enough.")}
    return forms.CharField(
        widget=text, max_length=LONGEST_PARAGRAPH, validators=[refuse_forbidden], error_messages=words, **common
    )


def _says(words: Any) -> dict[str, Any]:
    """The same words whatever is wrong."""
    return dict.fromkeys(("required", "invalid", "min_value", "max_value", "max_decimal_places", "max_digits"), words)


def _number(field: Field, unit: str, common: dict[str, Any]) -> forms.Field:
    words = _("Write a whole number.")
    if field.decimals:
        words = ngettext(
            "Write a number with at most %(count)d decimal.",
            "Write a number with at most %(count)d decimals.",
            field.decimals,
        ) % {"count": field.decimals}
    limits = {"least": formats.localize(field.least), "most": formats.localize(field.most)}
    if field.least is not None and field.most is not None:
        words += " " + _("It lies between %(least)s and %(most)s.") % limits
    elif field.least is not None:
        words += " " + _("It is at least %(least)s.") % limits
    elif field.most is not None:
        words += " " + _("It is at most %(most)s.") % limits
    least = -GREATEST_NUMBER if field.least is None else field.least
    most = GREATEST_NUMBER if field.most is None else field.most
    made = NumberField(
        decimal_places=field.decimals,
        widget=NumberInput({"inputmode": "decimal" if field.decimals else "numeric", **CONTROL}),
        error_messages=_says(words),
        min_value=least,
        max_value=most,
        **common,
    )
    made.unit = unit  # type: ignore[attr-defined]
    return made


def _link(common: dict[str, Any]) -> forms.Field:
    words = _says(gettext_lazy("Copy the whole address of the page here. It begins with https://."))
    made = forms.URLField(
        assume_scheme="https",
        max_length=LONGEST_ADDRESS,
        widget=forms.URLInput(attrs={"placeholder": "https://", **CONTROL}),
        error_messages=words,
        **common,
    )
    made.validators = [
        *(each for each in made.validators if not isinstance(each, URLValidator)),
        URLValidator(schemes=["http", "https"], message=words["invalid"]),
        refuse_forbidden,
    ]
    return made


def _question(field: Field, language: str, common: dict[str, Any]) -> forms.Field:
    choices = [(str(place), option.text(language)) for place, option in enumerate(field.options)]
    input_class = {"class": "form-check-input"}
    made: Any
    if len(field.right) > 1:
        several = _says(gettext_lazy("Choose every answer that is right."))
        several["invalid_choice"] = several["required"]
        made = forms.MultipleChoiceField(
            choices=choices,
            widget=forms.CheckboxSelectMultiple(attrs=input_class),
            error_messages=several,
            **common,
        )
        if not common["help_text"]:
            made.help_text = gettext_lazy("Several answers are right.")
    else:
        one = {name: gettext_lazy("Choose an answer.") for name in ("required", "invalid_choice")}
        made = OneChoice(choices=choices, widget=forms.RadioSelect(attrs=input_class), error_messages=one, **common)
    made.explanation = field.text("explanation", language)
    asked: forms.Field = made
    return asked


class OneChoice(forms.ChoiceField):
    """As a list of one, as questions with several right answers have it."""

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        return [chosen] if chosen else []
