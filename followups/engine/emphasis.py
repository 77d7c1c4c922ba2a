"""An author's paragraph in a mail: with its emphasis, and without."""

import html
from functools import cache, lru_cache
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MARKS: Final = frozenset({"strong", "em", "code"})


@lru_cache(maxsize=1024)  # every partner who comes to a step gets the same words
def marked(text: str) -> SafeString:
    """With its emphasis, and nothing else of Markdown."""
    inline = _markdown().renderInline(" ".join(text.split()))
    return mark_safe(nh3.clean(inline, tags=set(MARKS)))  # noqa: S308 - cleaned in this line


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Without it, as text."""
    return html.unescape(nh3.clean(marked(text), tags=set()))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})
