"""What all tests share. Tests never sleep and never reach beyond this machine."""

import gc
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.test import TransactionTestCase
from pytest_django import Settings

from scripts import messages
from tests import clearing, databases
from tests import clock as test_clock

hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns where there is none
    if not hasattr(config, "workerinput"):  # once, before xdist's workers read them
        messages.compile_all()
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(tryfirst=True)  # before -m chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    databases.sort(items)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking for garbage in it, again and again, took a twelfth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> bool:
    """pytest-django's, asked for once the database has its name: whether it is there already."""
    return bool(databases.begin_as_copy() or request.config.getvalue("reuse_db"))


@pytest.fixture(scope="session", autouse=True)
def quick_clearing() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: clearing.clear())
        yield


@pytest.fixture
def clock(settings: Settings) -> test_clock.Clock:
    """The project's clock, standing still at a Tuesday morning until the test moves it."""
    settings.CLOCK = "tests.clock.now"
    test_clock.CLOCK = test_clock.Clock()
    return test_clock.CLOCK


collect_ignore = [] if django_settings.DEMO else ["demo"]
