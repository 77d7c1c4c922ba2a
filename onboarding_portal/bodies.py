"""Refuses what is too large before a byte of it is read, so that it fills neither memory nor disk."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation


class BodySizeMiddleware:
    """By the length that the request names; without one, Django reads nothing. Stands before all that reads a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.REQUEST_MAX_BYTES:
            context = {"most": settings.REQUEST_MAX_BYTES}
            with translation.override(translation.get_language_from_request(request)):
                return render(request, "413.html", context, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self.get_response(request)
