"""Every page, as each person of the demo: no script error, nothing for axe, no sideways scrolling at 390 px.

The pages are found by following links from each person's first page, so a new page is tested as soon as something
links to it. Where no link leads, tests/browser/ways.py says how to get there. A page that was reached in neither
way fails the last test.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import pytest
from django.urls.converters import IntConverter
from playwright.sync_api import Browser, Page

from onboarding_portal.demo.people import VENDOR
from tests.browser.house import House
from tests.browser.looking import (
    ALL_URLS,
    DOORS,
    Found,
    Wanted,
    listen,
    look_on_a_phone,
    look_with_axe,
    page_behind,
    page_name,
    some_of_each,
    walk,
)
from tests.browser.postbox import Postbox
from tests.browser.sharing import Turns, once
from tests.browser.ways import WAYS, Visitor

SAME_FOR_ALL: Final = ("account_", "demo-", "mfa_", "step-link", "unsubscribe")
# Addresses that answer a GET with something else than a page, where the last test cannot see that by itself.
NO_PAGES: Final[dict[str, str]] = {
    "calendar-feed": "a calendar",
    "desk-followup-cadence-preview-mail": "a mail in the frame of a page",
    "desk-followup-cadence-timing": "a part of a form",
    "desk-orders-problems": "a CSV file",
    "desk-partner-zone": "a part of a form",
    "desk-playbook-look": "the partner's page in the frame of a page",
    "desk-partners-problems": "a CSV file",
    "desk-file": "a file",
    "favicon": "a picture",
    "mfa_download_recovery_codes": "a text file",
    "my-file": "a file",
    "my-step-file": "a file",
    "step-link-file": "a file",
}


class Tours:
    """A walk as each person, and each of the ways, done once a run: by the process that first asks for it."""

    def __init__(self, house: House, postbox: Postbox, chromium: Browser, folder: Path) -> None:
        self.house, self.postbox, self.chromium, self.folder = house, postbox, chromium, folder
        self.in_the_dark = Turns(folder / "dark", most=1)
        self.for_everyone = Turns(folder / "for-everyone", most=2)

    def walked(self, door: str) -> Found:
        return Found.from_kept(once(self.folder / f"walk-{door or 'nobody'}.json", lambda: self._walk(door).kept()))

    def gone(self, way: str) -> Found:
        return Found.from_kept(once(self.folder / f"way-{way.replace(' ', '-')}.json", lambda: self._go(way).kept()))

    def page_behind(self, door: str) -> AbstractContextManager[Page]:
        return page_behind(door, house=self.house, chromium=self.chromium)

    def look(self, page: Page, found: Found) -> None:
        """Light always, dark once for each page."""
        look_with_axe(page, found, dark=self.in_the_dark.take(page_name(page.url)))
        look_on_a_phone(page, found)

    def wanted_as_one_person(self) -> Wanted:
        """A few examples of each page; what is the same for everyone, once for all."""
        own = some_of_each(2)

        def wanted(address: str) -> bool:
            name = page_name(address)
            return self.for_everyone.take(name) if name.startswith(SAME_FOR_ALL) else own(address)

        return wanted

    def reached(self) -> set[str]:
        everything = [*map(self.walked, DOORS), *map(self.gone, WAYS)]
        return set().union(*(found.reached for found in everything))

    def _walk(self, door: str) -> Found:
        found = Found()
        with self.page_behind(door) as page:
            listen(page, found)
            walk(page, self.house, found=found, look=self.look, wanted=self.wanted_as_one_person())
        return found

    def _go(self, way: str) -> Found:
        found = Found()
        door, go = WAYS[way]
        with self.page_behind(door) as page:
            listen(page, found)
            go(Visitor(page, self.house, self.postbox, found, self.look))
        return found


@pytest.fixture(scope="module")
def tours(demo: House, demo_postbox: Postbox, chromium: Browser, folder: Path) -> Tours:
    return Tours(demo, demo_postbox, chromium, folder)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door or "nobody")
def test_pages_are_sound_for_everyone(tours: Tours, door: str) -> None:
    found = tours.walked(door)
    assert found.faults == {}, str(found)
    assert len(found.reached) >= 3


@pytest.mark.parametrize("way", WAYS)
def test_pages_that_no_link_leads_to_are_sound(tours: Tours, way: str) -> None:
    found = tours.gone(way)
    assert found.faults == {}, str(found)


def test_no_page_is_forgotten(tours: Tours) -> None:
    names = {name for name in ALL_URLS.reverse_dict if isinstance(name, str)}
    left = names - tours.reached() - set(NO_PAGES)
    for door in DOORS:
        with tours.page_behind(door) as page:
            left -= {name for name in left if answers_with_no_page(page, tours.house, name)}
    assert left == set(), (
        f"Nobody looked at {sorted(left)}. Link to them, or say in tests/browser/ways.py how to get there."
    )


def answers_with_no_page(page: Page, house: House, name: str) -> bool:
    """Whether the address is for a POST alone, or for a file."""
    response = page.request.get(house.at + some_address(name), max_redirects=0)
    is_html = "text/html" in response.headers.get("content-type", "")
    return response.status == 405 or (response.ok and not is_html)


def some_address(name: str) -> str:
    """An address of the right form; what it names need not be there."""
    pattern: Any = ALL_URLS.reverse_dict[name]
    values = {
        argument: VENDOR if argument == "vendor" else 1 if isinstance(converter, IntConverter) else "none"
        for argument, converter in pattern[3].items()
    }
    return f"/{ALL_URLS.reverse(name, **values)}"
