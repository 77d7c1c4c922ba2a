"""German words are longer: no page scrolls sideways on a phone, and no page falls back into English."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.house import House
from tests.browser.looking import (
    DOORS,
    PHONE,
    Found,
    listen,
    look_on_a_phone,
    page_behind,
    page_name,
    some_of_each,
    walk,
)
from tests.browser.ways import ERRORS

BEHIND_A_MAIL = ("step-link", "unsubscribe")
"""Pages behind a mail's links speak as the mail does, whose reader need not be German."""


def look_in_german(page: Page, found: Found) -> None:
    look_on_a_phone(page, found)
    if page.locator("html").get_attribute("lang") != "de" and not page_name(page.url).startswith(BEHIND_A_MAIL):
        found.fault(page.url, "is not in German")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door or "nobody")
def test_pages_fit_a_phone(demo: House, chromium: Browser, door: str) -> None:
    found = Found()
    with page_behind(door, house=demo, chromium=chromium, language="de-DE", viewport=PHONE) as page:
        speak_german(page)
        listen(page, found)
        walk(page, demo, found=found, look=look_in_german, wanted=some_of_each(1))
    assert found.faults == {}, str(found)


@pytest.mark.parametrize("code", ERRORS)
def test_pages_for_errors_are_in_german_too(demo: House, chromium: Browser, code: int) -> None:
    found = Found()
    with page_behind("", house=demo, chromium=chromium, language="de-DE", viewport=PHONE) as page:
        listen(page, found)
        response = page.goto(f"{demo.at}/demo/errors/{code}/")
        assert response is not None
        assert response.status == code
        look_in_german(page, found)
    assert found.faults == {}, str(found)


def speak_german(page: Page) -> None:
    """By the menu, unless the browser's wish was enough."""
    if page.locator("html").get_attribute("lang") == "de":
        return
    page.locator("header .fl-menu > summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Deutsch").click()
