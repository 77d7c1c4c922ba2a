"""The pictures in docs/screenshots, taken anew from a running demo: `.venv/bin/python -m scripts.screenshots`.

Start `make run` first, on data that nobody has clicked through yet. ADDRESS, as the first argument, is where it runs.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 780}
WITHOUT_THE_DEMO_STRIP = ".fl-demo { display: none }"

Way = Callable[[Page], object]


def go(path: str) -> Way:
    return lambda page: page.goto(path)


def first(path: str, link: str) -> Way:
    """Where the first link of this kind on a page leads."""

    def follow(page: Page) -> None:
        page.goto(path)
        with page.expect_navigation(wait_until="networkidle"):
            page.locator(link).first.click()

    return follow


PICTURES: list[tuple[str, dict[str, int], str, Way]] = [
    ("today", DESK, "channel-manager", go("/v/nordlicht/")),
    ("partners", DESK, "channel-manager", go("/v/nordlicht/partners/")),
    ("partner", DESK, "channel-manager", first("/v/nordlicht/", ".fl-row-title")),
    ("followups", DESK, "channel-manager", go("/v/nordlicht/followups/")),
    ("playbook", DESK, "channel-manager", first("/v/nordlicht/playbooks/", ".fl-row-title")),
    ("mail", DESK, "channel-manager", first("/demo/mailbox/", "main .fl-row a:has-text('Your next step')")),
    ("step", DESK, "reseller", first("/my/", "main a.btn-primary")),
    ("step-phone", PHONE, "reseller", first("/my/", "main a.btn-primary")),
    ("first-line", DESK, "sponsor", go("/my/first-line/")),
]


def take(browser: Browser, address: str, name: str, size: dict[str, int], door: str, way: Way) -> None:
    context = browser.new_context(
        base_url=address,
        viewport={"width": size["width"], "height": size["height"]},
        locale="en-GB",
        color_scheme="light",
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto("/demo/")
    with page.expect_navigation():
        page.locator(f"#{door} button").click()
    way(page)
    page.add_style_tag(content=WITHOUT_THE_DEMO_STRIP)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def main(address: str = "http://127.0.0.1:8000") -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, size, door, way in PICTURES:
            take(browser, address, name, size, door, way)
            print(f"docs/screenshots/{name}.png", (FOLDER / f"{name}.png").stat().st_size // 1024, "kB")


if __name__ == "__main__":
    main(*sys.argv[1:2])
