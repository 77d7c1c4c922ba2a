"""How hard a text is to read, by the formulas that are published for its language, and what would make it easier.

English: R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948). German: T. Amstad, "Wie
verständlich sind unsere Zeitungen?", Zürich 1978, the same measure for German. Both give about 100 for what a child
reads and 0 for what a scholar reads, from the words in a sentence and the syllables in a word. Syllables are counted
by groups of vowels, which is wrong for some words and right for a text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

# Flesch took samples of 100 words; of fewer than 60 one long name decides.
FEWEST_WORDS: Final = 60
# Below 50 a text is "difficult" to both authors, and takes more than school. German of this trade is full of compounds
# that everybody in it reads with ease. Our starters, written with care, have 65 to 87, in German 63 to 85.
HARD: Final[Mapping[str, float]] = {"en": 50.0, "de": 40.0}
LONGEST_SENTENCE: Final = 30  # words; a longer one is named however easy or short the text is
LONG_SENTENCE: Final = 25  # words; from here on a sentence is named, else the longest words are

_MARKS: Final = re.compile(r"\]\([^)\s]*\)|[*_`#>\[\]]|https?://\S+")
_SENTENCES: Final = re.compile(r"(?<=[.!?:;])[\s\"”“’)]+|\n+")
_ENDS: Final = re.compile(r"[.!?:;][\"”“’)]?\s|\n")
_WORDS: Final = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_ENGLISH: Final = re.compile(r"[aeiouy]+")
_SILENT: Final = re.compile(r"[aeiouy][a-z]*(?:[^aeiouyl\W]e|[^aeiouytd\W]ed)\b")
_GERMAN: Final = ("a", "e", "i", "o", "u", "y", "ä", "ö", "ü")
_AS_ONE: Final = ("au", "äu", "eu", "ei", "ai", "ie", "aa", "ee", "oo")


@dataclass(frozen=True)
class Legibility:
    score: float
    is_hard: bool
    longest: str  # sentence
    words_in_it: int
    long_words: tuple[str, ...]


def _english(words: int, sentences: int, text: str) -> float:
    def score(syllables: int) -> float:
        return 206.835 - 1.015 * words / sentences - 84.6 * max(syllables, words) / words

    syllables = len(_ENGLISH.findall(text))
    at_least = score(syllables)  # the silent ones take most of the time to find, and rarely matter
    return at_least if at_least >= HARD["en"] else score(syllables - len(_SILENT.findall(text)))


def _german(words: int, sentences: int, text: str) -> float:
    syllables = sum(map(text.count, _GERMAN)) - sum(map(text.count, _AS_ONE))
    return 180 - words / sentences - 58.5 * max(syllables, words) / words


FORMULAS: Final[Mapping[str, Callable[[int, int, str], float]]] = {"en": _english, "de": _german}


def _plain(text: str) -> str:
    return _MARKS.sub("", text) if any(mark in text for mark in ("*", "_", "`", "#", ">", "[", "://")) else text


@lru_cache(maxsize=2048)
def longest_sentence(text: str) -> tuple[str, int]:
    """The one with the most words, and how many these are. Not only a full stop ends a sentence, a colon does too."""
    found = max(_SENTENCES.split(_plain(text)), key=lambda sentence: len(_WORDS.findall(sentence)))
    return " ".join(found.split()), len(_WORDS.findall(found))


@lru_cache(maxsize=2048)
def legibility_of(text: str, language: str) -> Legibility | None:
    """None where there are too few words to judge, or no formula for the language."""
    formula = FORMULAS.get(language)
    plain = _plain(text)
    words = len(plain.split())
    if formula is None or words < FEWEST_WORDS:
        return None
    score = formula(words, len(_ENDS.findall(plain.strip())) + 1, plain.lower())
    if score >= HARD[language]:
        return Legibility(score, False, "", 0, ())
    longest, in_it = longest_sentence(text)
    long_words = sorted(set(_WORDS.findall(plain)), key=lambda word: (-len(word), word))[:3]
    return Legibility(score, True, longest, in_it, tuple(long_words))


def words_of(texts: Mapping[str, Any]) -> str:
    """All that a partner reads of a step in one language, a line for each part."""
    return "\n".join(filter(None, _parts(texts)))


def _parts(texts: Mapping[str, Any]) -> Iterator[str]:
    for name in ("why", "when", "done_when"):
        yield texts.get(name) or ""
    lists: Iterable[str] = texts.get("how") or ()
    yield from lists
    for pair in texts.get("obstacles") or ():
        yield from (pair["what"], pair["answer"])
