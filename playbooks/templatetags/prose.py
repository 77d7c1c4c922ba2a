"""Authors' Markdown, rendered and sanitised: ``{{ text.why|prose }}``, and ``|prose_line`` inside a paragraph."""

import html
from functools import lru_cache

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

register = template.Library()

_markdown = MarkdownIt("commonmark", {"html": False})
_TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h3", "h4", "hr"}
_SCHEMES = {"http", "https", "mailto", "tel"}


def _safe(rendered: str) -> SafeString:
    clean = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308 - sanitised in the line above


@register.filter
@lru_cache(maxsize=4096)
def prose(text: str | None) -> SafeString:
    """Paragraphs, lists and emphasis; nothing that could run, load or deceive."""
    return _safe(_markdown.render(text or ""))


@register.filter
@lru_cache(maxsize=4096)
def prose_line(text: str | None) -> SafeString:
    """The same for one line, without a paragraph around it."""
    return _safe(_markdown.renderInline(text or ""))


@lru_cache(maxsize=1024)
def without_marks(text: str) -> str:
    """The words alone, for what shows no Markdown."""
    return html.unescape(nh3.clean(_markdown.renderInline(" ".join(text.split())), tags=set()))
