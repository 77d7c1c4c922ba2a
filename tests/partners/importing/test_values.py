"""Values as people write them, and what is said where they cannot be read."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.importing import values
from partners.importing.checking import WrongValue
from partners.models import Partner


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("11.77", "11.77"),
        ("11,77", "11.77"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1.234.567", "1234567.00"),
        ("1.234", "1234.00"),
        ("1,234", "1234.00"),
        ("0,123", "0.12"),
        ("12.3450", "12.34"),
        ("1234", "1234.00"),
        ("€ 12,50", "12.50"),
        ("12.50 EUR", "12.50"),
        (",50", "0.50"),
        ("0", "0.00"),
    ],
)
def test_an_amount_is_read(text: str, amount: str) -> None:
    assert values.amount(text) == Decimal(amount)


@given(st.decimals(min_value=0, max_value=Decimal("99999999.99"), places=2))
def test_every_amount_is_read_in_both_ways_of_writing(value: Decimal) -> None:
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert values.amount(english) == values.amount(german) == value


@pytest.mark.parametrize("text", ["twelve", "1.2.3", "1,23,4", "12 pieces", "--1", "1..2", "1,", "²"])
def test_what_is_no_amount_is_told(text: str) -> None:
    with pytest.raises(WrongValue) as raised:
        values.amount(text)
    assert "amount" in raised.value.reason or "below zero" in raised.value.reason


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1997-01-31", date(1997, 1, 31)),
        ("2026-1-2", date(2026, 1, 2)),
        ("2026-01-02 10:30:00", date(2026, 1, 2)),
        ("2026-01-02T10:30:00Z", date(2026, 1, 2)),
        ("31.12.2026", date(2026, 12, 31)),
        ("1.2.26", date(2026, 2, 1)),
        ("01.02.2026 08:00", date(2026, 2, 1)),
    ],
)
def test_a_day_is_read(text: str, day: date) -> None:
    assert values.day(text) == day


@pytest.mark.parametrize("text", ["30.02.2026", "2026-13-01", "12/31/2026", "yesterday", "20260102"])
def test_what_is_no_day_is_told(text: str) -> None:
    with pytest.raises(WrongValue, match="is not a date"):
        values.day(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", Partner.Size.SOLO),
        ("2", Partner.Size.SMALL),
        ("9", Partner.Size.SMALL),
        ("10", Partner.Size.MEDIUM),
        ("49", Partner.Size.MEDIUM),
        ("50", Partner.Size.LARGE),
        ("249", Partner.Size.LARGE),
        ("250", Partner.Size.CORPORATE),
        ("1.200", Partner.Size.CORPORATE),
        ("2-9", Partner.Size.SMALL),
        ("11-50", Partner.Size.MEDIUM),
        ("51 – 200", Partner.Size.LARGE),
        ("250+", Partner.Size.CORPORATE),
        ("12 Mitarbeiter", Partner.Size.MEDIUM),
        ("0", ""),
    ],
)
def test_a_size_is_a_band(text: str, size: str) -> None:
    assert values.size(text) == size


@pytest.mark.parametrize(("text", "code"), [("de", "de"), ("German", "de"), ("Deutsch", "de"), ("en-GB", "en")])
def test_a_language_is_read(text: str, code: str) -> None:
    assert values.language(text) == code


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("12", 12), ("3.0", 3), ("3,00", 3)])
def test_a_quantity_is_read(text: str, number: int) -> None:
    assert values.quantity(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "²", "99999999999999999999999"])
def test_what_is_no_quantity_is_told(text: str) -> None:
    with pytest.raises(WrongValue, match="is not a quantity"):
        values.quantity(text)


PARSERS = [values.amount, values.day, values.quantity, values.size, values.language, values.country, values.email]


@given(text=st.text(max_size=30), parse=st.sampled_from(PARSERS))
def test_whatever_is_written_it_is_read_or_told(text: str, parse: Callable[[str], object]) -> None:
    try:
        parse(text)
    except WrongValue as error:
        words = error.reason
    else:
        words = "read"
    assert words
