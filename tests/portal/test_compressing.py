import gzip
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from onboarding_portal.compressing import PhonePagesMiddleware

PAGE = "<p>One next thing to do.</p>" * 40


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


def table(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE, content_type="text/csv")


def answer(view: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse:
    response = PhonePagesMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize("path", ["/my/", "/my/steps/5/", "/l/token/"])
def test_what_is_read_on_a_phone_is_compressed(rf: RequestFactory, path: str) -> None:
    packed = answer(page, rf.get(path, headers={"Accept-Encoding": "gzip"}))
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content).decode() == PAGE
    assert "Accept-Encoding" in packed["Vary"]


def test_whoever_cannot_read_it_compressed_gets_it_plain(rf: RequestFactory) -> None:
    assert answer(page, rf.get("/my/")).content.decode() == PAGE


def test_the_desk_and_files_are_left_as_they_are(rf: RequestFactory) -> None:
    asks = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in answer(page, rf.get("/v/nordlicht/", headers=asks))
    assert "Content-Encoding" not in answer(table, rf.get("/my/files/x/", headers=asks))
