"""What a page cost is told only to a benchmark."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from onboarding_portal.measuring import CPU, QUERIES, SECONDS, MeasuringMiddleware
from partners.models import Vendor


@pytest.mark.django_db
def test_time_and_queries_are_in_the_headers() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{Vendor.objects.count()} {Vendor.objects.exists()}")

    response = MeasuringMiddleware(view)(HttpRequest())
    assert response.headers[QUERIES] == "2"
    assert float(response.headers[SECONDS]) > 0
    assert float(response.headers[CPU]) >= 0


@pytest.mark.django_db
def test_nobody_else_is_told() -> None:
    response = Client().get("/healthz")
    assert not {QUERIES, SECONDS, CPU} & set(response.headers)
