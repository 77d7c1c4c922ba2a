"""The certificate on one A4 page, in the vendor's colour, with embedded letters."""

from io import BytesIO

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from partners.branding import light, parse
from partners.places import zone
from playbooks.certificates.fonts import PLAIN, STRONG
from playbooks.certificates.setting import printable, runs, width
from playbooks.models import Certificate

WIDTH, HEIGHT = A4
MARGIN = 64.0
BAND = 14.0
INK, QUIET, LINE = HexColor("#1b2420"), HexColor("#5c6761"), HexColor("#dfe5e2")
FOOT = 132.0
LEADING, ASCENT = 1.28, 0.76  # of the size: from line to line, and of letters above their line
MOST_LINES = 2
SMALLEST = 4.0  # two hundred of the widest letter still fit


def draw(certificate: Certificate) -> bytes:
    """The PDF, in the language that is active; the same bytes each time it is drawn."""
    version = certificate.enrollment.version
    vendor, partner = certificate.enrollment.vendor, certificate.enrollment.partner
    red, green, blue = light(parse(vendor.colour)).accent
    colour = Color(red / 255, green / 255, blue / 255)
    day = localtime(certificate.issued_at, zone(partner.zone_name))
    content = BytesIO()
    sheet = Canvas(content, pagesize=A4, invariant=True, lang=get_language() or "en")
    sheet.setTitle(_("Certificate %(number)s") % {"number": certificate.number})
    sheet.setAuthor(certificate.vendor_name)
    sheet.setFillColor(colour)
    sheet.rect(0, HEIGHT - BAND, WIDTH, BAND, stroke=0, fill=1)
    at = _line(sheet, certificate.vendor_name, STRONG, 15, HEIGHT - BAND, colour, gap=62)
    at = _line(sheet, _("Certificate"), STRONG, 40, at, INK, gap=64)
    at = _line(sheet, _("for walking a playbook to its end, step by step"), PLAIN, 14, at, QUIET, gap=10)
    at = _line(sheet, certificate.company, STRONG, 28, at, INK, gap=60)
    if certificate.person:
        at = _line(sheet, certificate.person, PLAIN, 16, at, INK, gap=10)
    at = _line(sheet, _("has finished"), PLAIN, 13, at, QUIET, gap=40)
    at = _line(sheet, version.text("name", get_language() or "en"), STRONG, 20, at, colour, gap=10)
    _line(sheet, _("on %(day)s") % {"day": date_format(day, "DATE_FORMAT")}, PLAIN, 14, at, INK, gap=10)
    _foot(sheet, certificate)
    sheet.showPage()
    sheet.save()
    return content.getvalue()


def _foot(sheet: Canvas, certificate: Certificate) -> None:
    sheet.setStrokeColor(LINE)
    sheet.line(MARGIN, FOOT, WIDTH - MARGIN, FOOT)
    page = f"{settings.BASE_URL}{reverse('certificate', args=[certificate.number])}"
    at = _line(sheet, _("Number %(number)s") % {"number": certificate.number}, STRONG, 11, FOOT, INK, gap=18)
    at = _line(sheet, _("Anybody can verify it here:"), PLAIN, 9.5, at, QUIET, gap=8)
    ends = _line(sheet, page, PLAIN, 9.5, at, QUIET, gap=4)
    sheet.linkURL(page, (MARGIN, ends, WIDTH - MARGIN, at), relative=0)


def _line(sheet: Canvas, words: str, font: str, size: float, below: float, colour: Color, *, gap: float) -> float:
    """Write ``words`` a ``gap`` under ``below``: smaller, or in two lines, where they are long. Where they end."""
    size, lines = fitted(words, font, size)
    sheet.setFillColor(colour)
    at = below - gap + size * (LEADING - ASCENT)
    for line in lines:
        at -= size * LEADING
        begins = MARGIN
        for run in runs(line, font):
            sheet.setFont(run.font, size)
            sheet.drawString(begins, at, run.words)
            begins += run.width(size)
    return at - size * (1 - ASCENT)


def fitted(words: str, font: str, size: float) -> tuple[float, list[str]]:
    """The largest size up to ``size`` at which the words fit into two lines, and these lines."""
    words = printable(words, font)
    room = WIDTH - 2 * MARGIN
    while size > SMALLEST:
        lines = _broken(words, font, size, room)
        if len(lines) <= MOST_LINES:
            return size, lines
        size -= 0.5
    return size, _broken(words, font, size, room)


def _broken(words: str, font: str, size: float, room: float) -> list[str]:
    """At spaces; a word that is longer than a line is broken where the line ends."""
    lines, line = [], ""
    for word in words.split(" "):
        longer = f"{line} {word}".strip()
        if width(longer, font, size) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while width(line, font, size) > room:
            fits = next(end for end in range(len(line) - 1, 0, -1) if width(line[:end], font, size) <= room)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line] if line else lines
