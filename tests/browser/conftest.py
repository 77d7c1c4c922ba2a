"""The whole house for a browser: web, worker and beat as processes, PostgreSQL, Valkey, SMTP, and Chromium."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.house import Ground, House
from tests.browser.postbox import Postbox

CHROMIUM = "/usr/bin/chromium"
HERE = Path(__file__).parent
NEEDS_ALL_OTHERS = "test_no_page_is_forgotten"
LONGEST = (
    "test_from_the_signature_to_silence",  # in a house of its own, while another process makes the demo
    "test_pages_are_sound_for_everyone[channel-manager]",
    "test_pages_that_no_link_leads_to_are_sound[sign up]",
    "test_pages_fit_a_phone[channel-manager]",
    "test_pages_that_no_link_leads_to_are_sound[edit a playbook]",
    "test_pages_that_no_link_leads_to_are_sound[change a cadence]",
    "test_pages_that_no_link_leads_to_are_sound[import files]",
    "test_pages_are_sound_for_everyone[reseller]",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that two processes come to their ends together."""
    places = [number for number, item in enumerate(items) if item.path.is_relative_to(HERE)]
    ours = [items[number] for number in places]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    for number, item in zip(places, sorted(ours, key=turn), strict=True):
        items[number] = item


def turn(item: pytest.Item) -> int:
    if item.name == NEEDS_ALL_OTHERS:
        return len(LONGEST) + 1
    return LONGEST.index(item.name) if item.name in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the run, for all its processes; gone with pytest's own."""
    own = tmp_path_factory.getbasetemp()
    made = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "browser"
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture(scope="session")
def ground(folder: Path) -> Ground:
    return Ground(folder)


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox() as postbox:
        yield postbox


@pytest.fixture(scope="module")
def house(ground: Ground, postbox: Postbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running Firstline over an empty database of its own; its clock is the test's to move."""
    var = tmp_path_factory.mktemp("var")
    with ground.empty() as template, House(template, static=ground.static, var=var, smtp_url=postbox.url) as house:
        yield house


@pytest.fixture(scope="session")
def demo_postbox() -> Iterator[Postbox]:
    with Postbox() as postbox:
        yield postbox


@pytest.fixture(scope="session")
def demo(ground: Ground, demo_postbox: Postbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running Firstline with the demo's people in it, of this process. Its clock stays where it is."""
    var = tmp_path_factory.mktemp("demo")
    with ground.demo() as template, House(template, static=ground.static, var=var, smtp_url=demo_postbox.url) as house:
        yield house


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM", CHROMIUM)
    if not Path(path).exists():
        pytest.fail(f"Chromium is not at {path}; install Debian's package chromium, or set CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
