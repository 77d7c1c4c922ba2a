"""Looking at pages: what axe, the console and a narrow screen find fault with, and where the links lead."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.urls import Resolver404, URLResolver, include, path
from django.urls.resolvers import RegexPattern
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize
from playwright.sync_api import Error as BrowserError

from onboarding_portal.urls import urlpatterns
from tests.browser.house import House

AXE = (Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=900)
DOORS = ("channel-manager", "reseller", "sponsor", "operator", "")
DEMO_URLS = [] if settings.DEMO else [path("demo/", include("onboarding_portal.demo.urls"))]
ALL_URLS = URLResolver(RegexPattern(r"^/"), [*urlpatterns, *DEMO_URLS])
"""Every URL of the running house, which is a demo even where the tests are not."""

TABLE_IS_CUT = """[...document.querySelectorAll("main table")].some(
    table => !table.closest(".table-responsive") && table.offsetWidth > table.parentElement.clientWidth)"""
"""Whether a table that is not meant to be moved sideways is wider than its place."""


@dataclass
class Found:
    """What was met: faults by address, and the names of the pages reached."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)

    def fault(self, address: str, what: str) -> None:
        self.faults.setdefault(address, []).append(what)

    def kept(self) -> dict[str, object]:
        """As JSON knows it."""
        return {"faults": self.faults, "reached": sorted(self.reached)}

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Self:
        return cls(kept["faults"], set(kept["reached"]))

    def __str__(self) -> str:
        return json.dumps(self.faults, indent=1, ensure_ascii=False)


Look = Callable[[Page, Found], None]


def page_name(address: str) -> str:
    """The name of the page at an address; nothing where there is none."""
    try:
        return ALL_URLS.resolve(urlsplit(address).path).url_name or ""
    except Resolver404:
        return ""


@contextmanager
def page_behind(
    door: str,
    *,
    house: House,
    chromium: Browser,
    language: str = "en-GB",
    scripts: bool = True,
    viewport: ViewportSize = DESKTOP,
    touch: bool = False,
) -> Iterator[Page]:
    """Come in through a door of the demo, or as nobody: the page one lands on."""
    context = chromium.new_context(
        viewport=viewport,
        has_touch=touch,
        locale=language,
        java_script_enabled=scripts,
        color_scheme="light",
        reduced_motion="reduce",  # else axe looks while colours change
    )
    page = context.new_page()
    if door:
        page.goto(f"{house.at}/demo/")
        page.locator(f"#{door} button").click()
        page.wait_for_url(lambda url: "/demo/" not in url)
    else:
        page.goto(f"{house.at}/")
    yield page
    context.close()


def listen(page: Page, found: Found) -> None:
    """Note what goes wrong in scripts and what the browser refuses, such as an inline style."""

    def hear(line: ConsoleMessage) -> None:
        is_the_page_itself = line.location["url"] == page.url and "Failed to load" in line.text
        if line.type == "error" and not is_the_page_itself:  # whoever opened it looks at its status
            found.fault(page.url, f"console: {line.text} {line.location['url']}")

    page.on("pageerror", lambda error: found.fault(page.url, f"script error: {error}"))
    page.on("console", hear)


Wanted = Callable[[str], bool]


def some_of_each(examples: int, *, within: str = "/") -> Wanted:
    """Want a few examples of each page, below an address."""
    count = Counter[str]()

    def wanted(address: str) -> bool:
        count[page_name(address)] += 1
        return urlsplit(address).path.startswith(within) and count[page_name(address)] <= examples

    return wanted


def walk(page: Page, house: House, *, found: Found, look: Look, wanted: Wanted) -> None:
    """Follow links from where the page stands, and look at the pages that are wanted."""
    seen, queue = {page.url}, deque([page.url])
    while queue:
        address = queue.popleft()
        if not wanted(address) or not opens(page, address, found):
            continue
        look(page, found)
        for link in links_of(page, house):
            if link not in seen:
                seen.add(link)
                queue.append(link)


def opens(page: Page, address: str, found: Found) -> bool:
    """Whether there is a page to look at. A file to download is none, and an error is a fault."""
    found.reached.add(page_name(address))
    try:
        response = page.goto(address)
    except BrowserError as error:
        if "Download is starting" not in error.message:
            raise
        return False
    if response is None or response.status >= 400:
        found.fault(address, f"answers {response.status if response else 'nothing'}")
        return False
    found.reached.add(page_name(page.url))
    return "text/html" in response.headers.get("content-type", "")


def links_of(page: Page, house: House) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    absolute = (urljoin(page.url, href).partition("#")[0] for href in hrefs if not href.startswith("#"))
    return [address for address in absolute if address.startswith(f"{house.at}/")]


def look_with_axe(page: Page, found: Found, *, dark: bool = False) -> None:
    """axe's whole rule set on the page as it is now; in dark colours those rules that look at colours."""
    page.evaluate(AXE)
    run_axe(page, found, "light")
    if dark:
        page.emulate_media(color_scheme="dark")
        page.locator("html[data-bs-theme=dark]").wait_for(state="attached")
        run_axe(page, found, "dark", only=ABOUT_COLOURS)
        page.emulate_media(color_scheme="light")


ABOUT_COLOURS: Final = ("color-contrast", "link-in-text-block")


def run_axe(page: Page, found: Found, colours: str, *, only: Sequence[str] = (), without: Sequence[str] = ()) -> None:
    options: dict[str, Any] = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in without}}
    if only:
        options["runOnly"] = list(only)
    result = page.evaluate("options => axe.run(document, options)", options)
    for violation in result["violations"]:
        where = "; ".join(
            f"{node['target'][-1]} {node['any'][:1] and node['any'][0]['message']}" for node in violation["nodes"][:3]
        )
        found.fault(page.url, f"axe, {colours}: {violation['id']}: {violation['help']} at {where}")


def look_on_a_phone(page: Page, found: Found) -> None:
    desktop = page.viewport_size
    page.set_viewport_size(PHONE)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.fault(page.url, f"scrolls sideways by {wide} px at {PHONE['width']} px")
    if page.evaluate(TABLE_IS_CUT):
        found.fault(page.url, f"has a table that is cut at {PHONE['width']} px")
    page.set_viewport_size(desktop or DESKTOP)
