"""A line in any script: which font each letter is set in, and in which order they stand on paper.

Hebrew and Arabic run from right to left (Unicode Standard Annex 9), Arabic letters join. What no font has is never
printed as a box: signs are left out, and a name is replaced by a note, since the page that verifies it has it in full.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from arabic_reshaper import reshape  # type: ignore[import-untyped]
from bidi.algorithm import get_display  # type: ignore[import-untyped]
from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

from playbooks.certificates.fonts import FONT_FILES, HAN, HANGUL, IN_ORDER, KANA

FROM_RIGHT = {"R", "AL", "AN"}
JOINERS = "\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069"  # they order and join letters, and are none themselves
NAMED = {"HIRAGANA": KANA, "KATAKANA": KANA, "HANGUL": HANGUL, "CJK": HAN}


@dataclass(frozen=True)
class Run:
    """Letters beside each other in one font."""

    font: str
    words: str

    def width(self, size: float) -> float:
        return float(stringWidth(self.words, self.font, size))


def printable(words: str, font: str) -> str:
    """``words`` as they can be printed: on one line, in letters that there are."""
    words = " ".join(unicodedata.normalize("NFC", words).split())
    runs_from_right = any(unicodedata.bidirectional(letter) in FROM_RIGHT for letter in words)
    shaped = reshape(words) if runs_from_right else words
    if any(unicodedata.category(letter)[0] in "LMN" and not font_of(letter, font) for letter in shaped):
        return _("(the name stands on the page below)")
    kept = (letter for letter in words if letter in JOINERS or font_of(letter, font) or letter not in shaped)
    return " ".join("".join(kept).split())


def runs(words: str, font: str) -> list[Run]:
    """One line of ``printable`` words, in the order in which they stand on paper."""
    if any(unicodedata.bidirectional(letter) in FROM_RIGHT for letter in words):
        words = get_display(reshape(words))
    words = "".join(letter for letter in words if font_of(letter, font))
    is_kana = any(NAMED.get(_script(letter)) == KANA for letter in words)
    fonts = [KANA if is_kana and name == HAN else name for name in (font_of(letter, font) for letter in words)]
    pairs = zip(fonts, words, strict=True)
    return [Run(name, "".join(letter for _n, letter in each)) for name, each in groupby(pairs, key=lambda one: one[0])]


def width(words: str, font: str, size: float) -> float:
    return sum(run.width(size) for run in runs(words, font))


@cache
def font_of(letter: str, font: str) -> str:
    """The font that has the letter; nothing where none has."""
    fonts()
    for name in IN_ORDER[font]:
        embedded: Any = getFont(name)
        if ord(letter) in embedded.face.charToGlyph:
            return name
    return NAMED.get(_script(letter), "") if ord(letter) <= 0xFFFF else ""


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]


@cache
def fonts() -> None:
    for name, file in FONT_FILES.items():
        registerFont(TTFont(name, str(Path(settings.FONTS_DIR) / file)))
    for name in (KANA, HANGUL, HAN):
        registerFont(UnicodeCIDFont(name))
