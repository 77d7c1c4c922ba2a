"""A number as people write it: with a comma or a point, in groups or not, whatever language their browser speaks."""

from decimal import Decimal
from typing import Any, Final

from babel.numbers import NumberFormatError, parse_decimal
from django import forms
from django.utils.translation import get_language

# Where the reader's own way does not fit: a German page on an English phone has no comma on its keys.
OTHER_WAYS: Final = ("en", "de")
LONGEST: Final = 60


class NumberInput(forms.TextInput):
    """No ``type="number"``: a browser drops the comma there, or reads it, by its own language and not the page's."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "maxlength": LONGEST, **(attrs or {})})


class NumberField(forms.DecimalField):
    """Cleans to a Decimal, and shows one with the separators of the reader's language."""

    widget = NumberInput

    def __init__(self, **options: Any) -> None:
        super().__init__(localize=True, **options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs say int for its parent
        if isinstance(value, str):
            value = read(value)
        return super().to_python(None if value is None else str(value))


def read(text: str) -> Decimal | str:
    """What ``text`` says, read the reader's way and else another; as it came where it is no number in any."""
    plain = "".join(text.split()).replace("'", "").replace("’", "")
    for way in (get_language() or "en", *OTHER_WAYS):
        try:
            return parse_decimal(plain[:LONGEST], locale=way.replace("-", "_"), strict=True)
        except NumberFormatError:
            continue
    return text
