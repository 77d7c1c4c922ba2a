"""The demo vendor, built once for all tests in this folder. They run with DEMO=1, in a run of their own."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker, Settings

from onboarding_portal.demo import clock
from partners import clock as project_clock


@pytest.fixture(scope="session")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[datetime]:
    """The instant the demo was built at."""
    clock.back_to_now()
    with django_db_blocker.unblock():
        now = project_clock.now()
        call_command("demo_data")
    yield now
    clock.back_to_now()


@pytest.fixture(autouse=True)
def real_time(settings: Settings) -> Iterator[None]:
    """Each test begins and ends with a clock that nobody moved."""
    clock.back_to_now()
    yield
    clock.back_to_now()
