"""Tells a benchmark, in three response headers, what a page cost. Only ``MEASURE=1`` installs it."""

from collections.abc import Callable
from time import perf_counter, thread_time
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

SECONDS = "X-Server-Seconds"
CPU = "X-Server-Cpu-Seconds"  # of this process alone: what a busy machine does not stretch
QUERIES = "X-Server-Queries"


class MeasuringMiddleware:
    """Outermost: its time holds every other middleware, the view, and the drawing of the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        counter = _Counter()
        began, cpu = perf_counter(), thread_time()
        with connection.execute_wrapper(counter):
            response = self.get_response(request)
        response.headers[SECONDS] = f"{perf_counter() - began:.6f}"
        response.headers[CPU] = f"{thread_time() - cpu:.6f}"
        response.headers[QUERIES] = str(counter.number)
        return response


class _Counter:
    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.number += 1
        return execute(sql, params, many, context)
