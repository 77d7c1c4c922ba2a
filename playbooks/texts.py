"""Texts that exist in several languages: ``{"en": {"title": "..."}, "de": {"title": "..."}}``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import pgettext

LONGEST_QUOTED: Final = 80  # characters of a title inside a sentence of ours


def text_in(texts: Mapping[str, Mapping[str, Any]], key: str, language: str) -> Any:
    """The text under ``key`` in ``language``; where it is missing, in the first language that has it; else None."""
    own = texts.get(language, {}).get(key)
    if own:
        return own
    return next((words[key] for words in texts.values() if words.get(key)), None)


def readers_first(languages: Sequence[str]) -> list[str]:
    """The reader's own language before the others, which keep their order."""
    return sorted(languages, key=lambda code: code != translation.get_language())


def shortened(title: str) -> str:
    """A title as a sentence of ours quotes it."""
    return title if len(title) <= LONGEST_QUOTED else Truncator(title).chars(LONGEST_QUOTED)


def ended_at_a_word(text: str, most: int) -> str:
    """At most ``most`` characters; no word is cut but one that is longer than all of it."""
    if len(text) <= most:
        return text
    whole, _blank, _cut = text[:most].rpartition(" ")
    return f"{whole.rstrip(' ,;:·–-')}…" if whole else Truncator(text).chars(most)


def named_as_copy(texts: Mapping[str, Mapping[str, Any]], key: str, *, longest: int) -> dict[str, dict[str, Any]]:
    """The same texts, and behind the one under ``key``, in each language, that this is the copy."""
    copied = {language: dict(words) for language, words in texts.items()}
    for language, words in copied.items():
        if words.get(key):
            with translation.override(language):
                mark = pgettext("behind the name of what was duplicated", " (copy)")
            words[key] = f"{words[key][: longest - len(mark)]}{mark}"
    return copied
