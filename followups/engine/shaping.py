"""Mails of one shape are rendered once: templates decide little, and most of what they write is the same in thousands.

What a template decides by (the audience, how many steps, how many minutes, whether there is a goal) is the shape. What
people and vendors wrote stands in gaps, and is put into each mail by itself: escaped in HTML, as it is in plain text.
A plain ``str`` is such a text; everything else, and so a member of a ``TextChoices``, belongs to the shape. A filter in
a template would meet the gap and not the text, so texts come as they are to be read.
"""

import html
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from itertools import count
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

MOST_SHAPES = 1024
GAP = re.compile("\ue000(\\d+)\ue001")  # letters of no language; texts are put in afterwards, so none can forge one

Shape = tuple[list[str], list[int]]  # what stands around the gaps, and the number of the text in each


class Renderer:
    """Keeps the shapes that one process has met."""

    def __init__(self) -> None:
        self.shapes: dict[tuple[Any, ...], Shape] = {}

    def render(self, template: str, context: Mapping[str, Any]) -> str:
        """The same as rendering ``template`` with ``context``; a text's line breaks are kept in HTML too."""
        is_html = template.endswith(".html")
        texts: list[str] = []
        key = (template, get_language(), outline(context, texts))
        shape = self.shapes.get(key)
        if shape is None:
            if len(self.shapes) >= MOST_SHAPES:
                self.shapes.clear()
            shape = self.shapes[key] = _shape(template, context, is_html=is_html)
        pieces, gaps = shape
        filled = [pieces[0]]
        for gap, piece in zip(gaps, pieces[1:], strict=True):
            filled += (in_html(texts[gap]) if is_html else texts[gap], piece)
        return "".join(filled)


def outline(value: Any, texts: list[str]) -> Any:
    """What belongs to the shape, as something that can be looked up; the texts are added to ``texts``."""
    if isinstance(value, str) and not isinstance(value, Enum):
        texts.append(value)
        return "text" if value else ""
    if isinstance(value, Mapping):
        return tuple([(name, outline(each, texts)) for name, each in value.items()])
    if isinstance(value, list):
        return tuple([outline(each, texts) for each in value])
    return value


def _shape(template: str, context: Mapping[str, Any], *, is_html: bool) -> Shape:
    parts = GAP.split(render_to_string(template, with_gaps(context, count())))
    pieces = parts[::2] if is_html else [html.unescape(piece) for piece in parts[::2]]
    return pieces, [int(number) for number in parts[1::2]]


def with_gaps(value: Any, numbers: Iterator[int]) -> Any:
    """The same context with a gap for each text, numbered as ``outline`` finds them."""
    if isinstance(value, str) and not isinstance(value, Enum):
        number = next(numbers)
        return f"\ue000{number}\ue001" if value else ""
    if isinstance(value, Mapping):
        return {name: with_gaps(each, numbers) for name, each in value.items()}
    if isinstance(value, list):
        return [with_gaps(each, numbers) for each in value]
    return value


def in_html(text: str) -> str:
    if isinstance(text, SafeString):
        return text
    return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>") if "\n" in text else html.escape(text)


@cache
def renderer() -> Renderer:
    """This process's own."""
    return Renderer()
