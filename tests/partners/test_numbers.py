"""Numbers as people write them, whatever language the page and the browser speak."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.forms import BoundField, Form
from django.utils import translation

from partners.numbers import NumberField

READ = [
    ("de", "49,90", "49.90"),
    ("de", "49.90", "49.90"),
    ("de", "1.249,90", "1249.90"),
    ("de", "1 249,90", "1249.90"),
    ("de", "1,249.90", "1249.90"),
    ("de", "1.249", "1249"),
    ("de", "-3,5", "-3.5"),
    ("de", "1’249.90", "1249.90"),
    ("en", "1,249", "1249"),
    ("en", "1.249", "1.249"),
    ("en", "49,90", "49.90"),
    ("en", " 49.90 ", "49.90"),
    ("en", "1.249,90", "1249.90"),
]


@pytest.mark.parametrize(("language", "typed", "meant"), READ)
def test_it_is_read_as_it_was_meant(language: str, typed: str, meant: str) -> None:
    with translation.override(language):
        assert NumberField().clean(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["abc", "1,2,3", "1.24,9", "--5", "NaN", "Infinity", "5 €", "9" * 400])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with translation.override("de"), pytest.raises(ValidationError):
        NumberField(max_digits=9, decimal_places=2).clean(typed)


def test_it_is_shown_as_the_reader_writes_it_and_a_browser_leaves_it_alone() -> None:
    with translation.override("de"):
        field = NumberField(min_value=0, max_value=100, decimal_places=2)
        shown = str(BoundField(Form(initial={"price": Decimal("1249.90")}), field, "price"))
    assert 'value="1249,90"' in shown
    assert 'type="text"' in shown
    assert not field.has_changed(Decimal("49.90"), "49,9")
    assert NumberField(required=False).clean("") is None
