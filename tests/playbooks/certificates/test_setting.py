"""Names in any script on a certificate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import getFont

from playbooks.certificates.drawing import MARGIN, WIDTH, fitted
from playbooks.certificates.fonts import HAN, HANGUL, KANA, PLAIN, STRONG
from playbooks.certificates.setting import Run, printable, runs, width

NOTE = "(the name stands on the page below)"


def test_hebrew_stands_from_right_to_left_and_latin_within_it_does_not() -> None:
    assert runs("נועה Ltd", PLAIN) == [Run(PLAIN, "Ltd "), Run("Hebrew", "העונ")]
    assert runs("Acme נועה", STRONG) == [Run(STRONG, "Acme "), Run("Hebrew-SemiBold", "העונ")]


def test_arabic_letters_join_and_stand_from_right_to_left() -> None:
    (run,) = runs("نور", PLAIN)
    assert run == Run("Arabic", "\ufead\ufeee\ufee7")  # r alone, w at the end, n at the beginning


@pytest.mark.parametrize(
    ("words", "font"), [("上海贸易", HAN), ("さくら", KANA), ("株式会社さくら", KANA), ("한국상사", HANGUL)]
)
def test_chinese_japanese_and_korean_have_the_fonts_of_the_readers_program(words: str, font: str) -> None:
    assert runs(printable(words, PLAIN), PLAIN) == [Run(font, words)]


def test_signs_that_no_font_has_are_left_out_and_names_are_replaced_by_a_note() -> None:
    assert printable("Acme 🚀\nGmbH", PLAIN) == "Acme GmbH"
    assert printable("บริษัท", PLAIN) == NOTE


@given(st.text(max_size=30), st.sampled_from([PLAIN, STRONG]))
def test_nothing_is_printed_that_its_font_does_not_have(words: str, font: str) -> None:
    for run in runs(printable(words, font), font):
        if run.font not in (HAN, KANA, HANGUL):
            face = getFont(run.font).face  # type: ignore[attr-defined]  # the stubs know the parent's alone
            assert all(ord(letter) in face.charToGlyph for letter in run.words)


def test_a_long_name_from_right_to_left_fits() -> None:
    size, lines = fitted("שלום עולם " * 12, STRONG, 28)
    assert len(lines) == 2
    assert all(width(line, STRONG, size) <= WIDTH - 2 * MARGIN for line in lines)
