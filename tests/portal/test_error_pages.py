"""Pages for when something went wrong: in our look, and with what to do next."""

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import path, reverse
from pytest_django import Settings

from onboarding_portal.urls import urlpatterns as real


def _break(request: HttpRequest, how: str) -> HttpResponse:
    if how == "400":
        raise BadRequest("secret detail")
    if how == "403":
        raise PermissionDenied("secret detail")
    raise RuntimeError("secret detail")


urlpatterns = [*real, path("break/<str:how>/", _break)]


@pytest.mark.parametrize("how", ["400", "403", "500"])
def test_a_broken_page_says_what_to_do(settings: Settings, how: str) -> None:
    settings.ROOT_URLCONF = __name__
    response = Client(raise_request_exception=False).get(f"/break/{how}/")
    page = response.content.decode()
    assert response.status_code == int(how)
    assert 'class="fl-brand"' in page
    assert 'href="/"' in page
    assert "secret detail" not in page


def test_nothing_there(client: Client, db: None) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


@pytest.mark.parametrize(("address", "above"), [("/l/a-token/done/", "/l/a-token/"), ("/preferences/theme/", "/")])
def test_the_address_of_a_form_leads_back_to_its_page(client: Client, db: None, address: str, above: str) -> None:
    response = client.get(address)
    page = response.content.decode()
    assert response.status_code == 405
    assert response.headers["Allow"]
    assert "This address only takes a form" in page
    assert f'<a class="btn btn-primary" href="{above}">' in page
    assert client.get(address, headers={"accept": "application/json"}).content == b""


def test_a_page_that_was_open_for_too_long(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("set-theme"), {"theme": "dark"})
    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()


def test_the_page_for_a_broken_server_needs_no_server() -> None:
    assert "Something broke on our side" in render_to_string("500.html")
