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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox() as postbox:
        yield postbox


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    ground = Ground(tmp_path_factory.mktemp("ground"))
    yield ground
    ground.clear()


@pytest.fixture(scope="module")
def house(ground: Ground, postbox: Postbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running Firstline over an empty database of its own; its clock is the test's to move."""
    with House(ground=ground, var=tmp_path_factory.mktemp("var"), smtp_url=postbox.url) as house:
        yield house


@pytest.fixture(scope="session")
def demo_postbox() -> Iterator[Postbox]:
    with Postbox() as postbox:
        yield postbox


@pytest.fixture(scope="session")
def demo(ground: Ground, demo_postbox: Postbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running Firstline with the demo's people in it, built once a run. Its clock stays where it is."""
    var = tmp_path_factory.mktemp("demo")
    with House(ground=ground, var=var, smtp_url=demo_postbox.url, with_demo=True) as house:
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
