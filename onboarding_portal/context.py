"""What every page's template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from followups.bell.counting import Bell
from partners import clock
from partners.kept import typed_at_desk

THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    member = getattr(request, "member", None)
    return {
        "theme": theme if theme in THEMES else "",
        "most_bytes": settings.UPLOAD_MAX_BYTES,
        "demo": settings.DEMO,
        "help_address": settings.HELP_ADDRESS,
        "vendor": getattr(request, "vendor", None),
        "member": member,
        "typed": typed_at_desk(request, now=clock.now()) if member else None,
        "bell": Bell(request.user, member) if hasattr(request, "user") else None,
    }
