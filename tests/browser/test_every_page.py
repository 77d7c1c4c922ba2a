"""Every page that can be reached, as each person of the demo: no script error, nothing for axe, no sideways scrolling.

The pages are found by following links from each person's first page, so a new page is tested as soon as something
links to it; and every address of the project that answers a GET must have been reached, or be named here with a reason.
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.house import House

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
EXAMPLES_PER_PAGE = 2
PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=900)
DOORS = ("channel-manager", "reseller", "sponsor", "")


@dataclass
class Found:
    """What a walk through the pages met: faults by address, and the names of the pages reached."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)

    def fault(self, address: str, what: str) -> None:
        self.faults.setdefault(address, []).append(what)


@pytest.fixture(scope="module")
def demo(house: House) -> House:
    house.manage("demo_data")
    return house


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=DESKTOP, locale="en-GB")
    yield context
    context.close()


def page_name(path: str) -> str:
    """The name of the page at ``path``; demo pages, which only the running house knows, by their shape."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return re.sub(r"\d+", "<n>", path)


def sign_in(page: Page, house: House, door: str) -> str:
    """Come in through a door of the demo; returns where one lands."""
    page.goto(f"{house.at}/demo/")
    if door:
        page.locator(f"#{door} button").click()
    else:
        page.goto(f"{house.at}/")
    return page.url


def links_of(page: Page, house: House) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    absolute = (urljoin(page.url, href) for href in hrefs if not href.startswith("#"))
    return [address.partition("#")[0] for address in absolute if address.startswith(house.at)]


def look_closely(page: Page, found: Found, theme: str) -> None:
    """axe's whole rule set on the page as it is now."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    for violation in result["violations"]:
        where = "; ".join(
            " ".join(node["target"][:1]) if isinstance(node["target"][0], str) else json.dumps(node["target"])
            for node in violation["nodes"][:3]
        )
        found.fault(page.url, f"axe, {theme}: {violation['id']}: {violation['help']} at {where}")


def look_on_a_phone(page: Page, found: Found) -> None:
    page.set_viewport_size(PHONE)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.fault(page.url, f"scrolls sideways by {wide} px at 390 px")
    page.set_viewport_size(DESKTOP)


def walk(page: Page, house: House, start: str) -> Found:
    """Follow links from ``start``, at most a few examples of each page."""
    found, seen, count = Found(), {start}, dict[str, int]()
    page.on("pageerror", lambda error: found.fault(page.url, f"script error: {error}"))
    page.on("console", lambda line: found.fault(page.url, f"console: {line.text}") if line.type == "error" else None)
    queue = deque([start])
    while queue:
        address = queue.popleft()
        name = page_name(urlsplit(address).path)
        if count.get(name, 0) >= EXAMPLES_PER_PAGE:
            continue
        count[name] = count.get(name, 0) + 1
        if is_download(page, address):
            found.reached.add(name)
            continue
        visit(page, address, found)
        for link in links_of(page, house):
            if link not in seen:
                seen.add(link)
                queue.append(link)
    return found


def is_download(page: Page, address: str) -> bool:
    reply = page.request.get(address, max_redirects=5)
    return "text/html" not in reply.headers.get("content-type", "")


def visit(page: Page, address: str, found: Found) -> None:
    response = page.goto(address)
    if response is None or response.status >= 400:
        found.fault(address, f"answers {response.status if response else 'nothing'}")
        return
    found.reached.add(page_name(urlsplit(page.url).path))
    found.reached.add(page_name(urlsplit(address).path))
    found.addresses.append(address)
    look_closely(page, found, "light")
    look_closely(page, found, "dark")
    look_on_a_phone(page, found)


@pytest.mark.browser
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door or "nobody")
def test_pages_are_sound_for_everyone(demo: House, context: BrowserContext, door: str) -> None:
    page = context.new_page()
    start = sign_in(page, demo, door)
    found = walk(page, demo, start)
    assert found.faults == {}, json.dumps(found.faults, indent=1, ensure_ascii=False)
    assert len(found.addresses) >= 3
