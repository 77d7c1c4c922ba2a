"""The reader's language and time zone, for words, dates and numbers on every page."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from partners.places import time_zones


def language_of(request: HttpRequest) -> str:
    """The language chosen by cookie, else the signed-in user's, else the browser's."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    own = getattr(request.user, "language", "")
    supported = dict(settings.LANGUAGES)
    return next((code for code in (chosen, own) if code in supported), "") or translation.get_language_from_request(
        request
    )


class LocalityMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        own_zone = getattr(request.user, "time_zone", "")
        with translation.override(language), timezone.override(own_zone if own_zone in time_zones() else None):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response
