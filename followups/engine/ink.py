"""What can be read on a vendor's colour."""

from functools import lru_cache
from typing import Final

# WCAG's relative luminance at which black and white text are equally readable on a colour.
LUMINANCE_OF_DARK_TEXT: Final = 0.179


@lru_cache(maxsize=1024)
def readable_on(colour: str) -> str:
    """Black or white, whichever reads better on ``#rrggbb`` (WCAG 2, relative luminance)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#111111" if luminance > LUMINANCE_OF_DARK_TEXT else "#ffffff"
