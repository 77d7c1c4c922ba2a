"""Phone numbers as people write them: enough to refuse what nobody could call, and nothing that somebody could."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from partners.templatetags.firstline import quoted

FEWEST_DIGITS: Final = 4
MOST_LETTERS: Final = 12  # "ext.", "Durchwahl", or a number in letters such as 1-800-FLOWERS
STRANGE: Final = re.compile(r"[^\w\s+()\[\]./:,;&–#*'’-]|_")
NOTHING: Final = re.compile(r"[\W_]*")  # a dash or a stroke, as people leave where they know none
NO_NUMBER: Final = _("%(value)s is not a phone number. Write it in digits, such as +49 40 123456, or leave it empty.")


def is_number(text: str) -> bool:
    """Whether ``text`` may be a number to call; any country's, with or without its code, with an extension."""
    letters = sum(letter.isalpha() for letter in text)
    digits = sum(letter.isdecimal() for letter in text)
    return digits >= FEWEST_DIGITS and letters <= MOST_LETTERS and not STRANGE.search(text)


def validate_phone(text: str) -> None:
    """For a field of a form."""
    if not is_number(text):
        raise ValidationError(NO_NUMBER, params={"value": quoted(text)}, code="phone")
