"""Texts that exist in several languages: ``{"en": {"title": "..."}, "de": {"title": "..."}}``."""

from collections.abc import Mapping
from typing import Any


def text_in(texts: Mapping[str, Mapping[str, Any]], key: str, language: str) -> Any:
    """The text under ``key`` in ``language``; where it is missing, in the first language that has it; else None."""
    own = texts.get(language, {}).get(key)
    if own:
        return own
    return next((words[key] for words in texts.values() if words.get(key)), None)
