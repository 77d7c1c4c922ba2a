"""Authors' Markdown, rendered and sanitised: ``{{ text.why|prose }}``, and ``|prose_line`` inside a paragraph."""

import html
from collections.abc import Sequence
from functools import lru_cache

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from partners.own_words import linked

register = template.Library()

_markdown = MarkdownIt("commonmark", {"html": False})
_as_typed = MarkdownIt("commonmark", {"html": False, "breaks": True})
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


def _with_links(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Text with its addresses as links, unless it stands in one already."""
    is_inside = sum(token.nesting for token in tokens[:index] if token.type in ("link_open", "link_close"))
    text = tokens[index].content
    return escapeHtml(text) if is_inside else linked(text)


_as_typed.add_render_rule("text", _with_links)


@register.filter
@lru_cache(maxsize=1024)
def spoken(text: str | None) -> SafeString:
    """An answer, as somebody typed it: as ``prose``, but lines stay lines, and addresses become links."""
    return _safe(_as_typed.render(text or ""))


@register.filter
@lru_cache(maxsize=1024)
def without_marks(text: str) -> str:
    """The words alone, for what shows no Markdown."""
    return html.unescape(nh3.clean(_markdown.renderInline(" ".join(text.split())), tags=set()))
