"""Long words in a short place."""

from django import template
from django.utils.text import Truncator

register = template.Library()
SHORT = 140  # letters: three lines of a phone
NOT_WORTH_IT = 60  # so many more are shown at once
LINES = 4


@register.filter
def folded(text: str) -> str:
    """The beginning of ``text`` in one paragraph where it is long or of many lines; empty where it is short enough."""
    lines = text.strip().splitlines()
    if len(text) <= SHORT + NOT_WORTH_IT and len(lines) <= LINES:
        return ""
    begun = " ".join(" ".join(lines[: LINES - 1]).split())
    shortened = Truncator(begun).chars(SHORT)
    return shortened if shortened.endswith("…") else f"{shortened} …"
