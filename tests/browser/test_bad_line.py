"""The partner's side on a bad line: what a step's page weighs when nothing of it is in the browser yet."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.house import House
from tests.browser.looking import DESKTOP, PHONE, page_behind

MOST_BYTES = 100_000
Loads = dict[str, int]


def first_load(page: Page, address: str) -> Loads:
    """What came over the line for a page, by address: bytes with their headers, compressed as they were served."""
    page.goto("about:blank")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.clearBrowserCache")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    names: dict[str, str] = {}
    loads: Loads = {}
    line.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))

    def finished(event: dict[str, str]) -> None:
        name = names[event["requestId"]]
        loads[name] = loads.get(name, 0) + int(event["encodedDataLength"])

    line.on("Network.loadingFinished", finished)
    page.goto(address, wait_until="networkidle")
    line.detach()
    return {name: loads[name] for name in loads if not name.startswith("data:")}


@pytest.mark.parametrize(("viewport", "letters"), [(PHONE, 0), (DESKTOP, 1)], ids=["phone", "desktop"])
def test_a_step_is_light_on_first_load(demo: House, chromium: Browser, viewport: ViewportSize, letters: int) -> None:
    with page_behind("reseller", house=demo, chromium=chromium, viewport=viewport, language="de-DE") as page:
        page.locator(".fl-main .btn-primary").first.click()
        loads = first_load(page, page.url)
    assert sum(loads.values()) < MOST_BYTES, loads
    assert len([name for name in loads if name.endswith(".woff2")]) == letters, loads
    assert any(name.endswith(".css") and size > 1000 for name, size in loads.items()), loads
