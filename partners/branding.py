"""A vendor's own colour on the pages its partners see, kept readable in light and dark.

Contrast after WCAG 2.2, 1.4.3: at least 4.5 to 1 between text and what is behind it.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from partners.models import Vendor
from partners.scoping import public

AA = 4.5
STEPS = 100
A_DAY = 60 * 60 * 24

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)
# The surfaces and the button text of static/css/firstline.css.
DARK_CARD: Rgb = (26, 33, 29)
DARK_PAGE: Rgb = (18, 23, 20)
DARK_BUTTON_TEXT: Rgb = (13, 26, 21)
BLACK: Rgb = (0, 0, 0)


@dataclass(frozen=True)
class Palette:
    accent: Rgb
    strong: Rgb
    soft: Rgb

    @property
    def css(self) -> dict[str, str]:
        """Each colour as the three numbers that CSS wants."""
        return {name: "{}, {}, {}".format(*getattr(self, name)) for name in ("accent", "strong", "soft")}


def parse(colour: str) -> Rgb:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def luminance(colour: Rgb) -> float:
    """Relative luminance, 0 to 1."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: Rgb, other: Rgb, share: float) -> Rgb:
    """``colour`` with ``share`` of ``other`` in it."""
    red, green, blue = (round(own + (theirs - own) * share) for own, theirs in zip(colour, other, strict=True))
    return (red, green, blue)


def _readable(colour: Rgb, towards: Rgb, *against: Rgb) -> Rgb:
    """``colour`` moved ``towards`` black or white just until it can be read on, or under, all of ``against``."""
    moved = (mix(colour, towards, step / STEPS) for step in range(STEPS + 1))
    return next(each for each in moved if all(contrast(each, other) >= AA for other in against))


def light(colour: Rgb) -> Palette:
    soft = mix(colour, WHITE, 0.9)
    accent = _readable(colour, BLACK, WHITE, soft)
    return Palette(accent=accent, strong=mix(accent, BLACK, 0.22), soft=soft)


def dark(colour: Rgb) -> Palette:
    soft = mix(colour, DARK_PAGE, 0.82)
    accent = _readable(colour, WHITE, DARK_CARD, DARK_BUTTON_TEXT, soft)
    return Palette(accent=accent, strong=mix(accent, WHITE, 0.25), soft=soft)


@public
@require_safe
@cache_control(public=True, max_age=A_DAY)
def brand(request: HttpRequest, vendor: str) -> HttpResponse:
    """A vendor's colours as a style sheet; its address carries the colour, so a change is seen at once.

    Of the whole page, or, with ``part`` in the address, of what has the class ``brand-<slug>``: a page that speaks
    for several vendors shows each in its own.
    """
    found = get_object_or_404(Vendor, slug=vendor)
    colour = parse(found.colour)
    context = {"light": light(colour).css, "dark": dark(colour).css, "slug": found.slug, "part": "part" in request.GET}
    return render(request, "partners/brand.css", context, content_type="text/css")
