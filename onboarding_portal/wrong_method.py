"""A page for whoever opens the address that a form is sent to: by reloading it, or from the browser's history."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve


class WrongMethodMiddleware:
    """Puts words into Django's empty answer 405, with a link to the page above the address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_read = request.method in ("GET", "HEAD") and request.accepts("text/html")
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or not is_read or response.content:
            return response
        page = render(request, "405.html", {"above": _above(request.path)}, status=HTTPStatus.METHOD_NOT_ALLOWED)
        page.headers["Allow"] = response.headers["Allow"]
        return page


def _above(path: str) -> str:
    """The address one level up, where the form stood; the root where nothing is there."""
    above = path.rstrip("/").rpartition("/")[0] + "/"
    try:
        resolve(above)
    except Resolver404:
        return "/"
    return above
