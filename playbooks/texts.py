"""Texts that exist in several languages: ``{"en": {"title": "..."}, "de": {"title": "..."}}``."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.text import Truncator

LONGEST_QUOTED: Final = 80  # characters of a title inside a sentence of ours


def text_in(texts: Mapping[str, Mapping[str, Any]], key: str, language: str) -> Any:
    """The text under ``key`` in ``language``; where it is missing, in the first language that has it; else None."""
    own = texts.get(language, {}).get(key)
    if own:
        return own
    return next((words[key] for words in texts.values() if words.get(key)), None)


def shortened(title: str) -> str:
    """A title as a sentence of ours quotes it."""
    return Truncator(title).chars(LONGEST_QUOTED)
