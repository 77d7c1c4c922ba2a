"""What may be a phone number, and what nobody could call."""

import pytest

from partners.forms.applications import ApplicationForm
from partners.forms.partners import PartnerForm
from partners.importing import values
from partners.importing.checking import WrongValue
from partners.phones import is_number, validate_phone


@pytest.mark.parametrize(
    "text",
    [
        "+49 40 123456",
        "(030) 555 01-00",
        "0171/4567890",
        "+44 (0)20 7946 0958 ext. 12",
        "089 1234-0, Durchwahl 7",
        "1-800-555-HELP",
        "٠٤٠ ١٢٣٤٥٦",
        "1234",
    ],
)
def test_numbers_are_taken_as_people_write_them(text: str) -> None:
    assert is_number(text)
    assert values.phone(text) == text


@pytest.mark.parametrize(
    "text", ["abc", "call me", "a@b.example", "12", "<b>040 1234</b>", "please call me at 040 123456"]
)
def test_what_nobody_could_call_is_refused(text: str) -> None:
    assert not is_number(text)
    with pytest.raises(WrongValue, match="is not a phone number"):
        values.phone(text)


@pytest.mark.parametrize("text", ["-", "--", "/", "…"])
def test_a_file_may_say_with_a_dash_that_there_is_none(text: str) -> None:
    assert values.phone(text) == ""


def test_the_forms_ask_the_same() -> None:
    for form in (ApplicationForm, PartnerForm):
        assert validate_phone in form.base_fields["phone"].validators
