from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from pytest_django import Settings

from onboarding_portal.checking import check_demo, check_production
from onboarding_portal.demo import clock

pytestmark = pytest.mark.usefixtures("engine")

GOOD: dict[str, Any] = {
    "DEMO": False,
    "PRODUCTION": True,
    "TESTING": False,
    "CLOCK": "django.utils.timezone.now",
    "SECRET_KEY": "fifty random characters, or nearly so, of one's own",
    "DEBUG": False,
    "BASE_URL": "https://partners.nordlicht.example.com",
    "DEFAULT_FROM_EMAIL": "Nordlicht <hello@nordlicht.com>",
}
POSTGRES = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"


@pytest.fixture(params=[POSTGRES])
def engine(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database that the check reads of; nothing connects to it."""
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", request.param)


def found(settings: Settings, **changes: Any) -> list[str]:
    for name, value in {**GOOD, **changes}.items():
        setattr(settings, name, value)
    said = [*check_demo(None), *check_production(None)]
    assert all(message.hint for message in said)
    return [str(message.id) for message in said]


def test_a_good_production_has_nothing_to_say(settings: Settings) -> None:
    assert found(settings) == []


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"DEMO": True}, "firstline.E001"),
        ({"CLOCK": "tests.clock.now"}, "firstline.E002"),
        ({"DEBUG": True}, "firstline.E004"),
        ({"BASE_URL": "http://partners.example.com"}, "firstline.E005"),
        ({"DEFAULT_FROM_EMAIL": "Firstline <hello@firstline.example>"}, "firstline.W002"),
    ],
)
def test_each_mistake_is_said(settings: Settings, changes: dict[str, Any], number: str) -> None:
    assert found(settings, **changes) == [number]


def test_the_development_key_is_refused(settings: Settings) -> None:
    assert found(settings, SECRET_KEY=settings.INSECURE_KEY) == ["firstline.E003"]


@pytest.mark.parametrize("engine", [SQLITE], indirect=True)
def test_sqlite_is_doubted(settings: Settings) -> None:
    assert found(settings) == ["firstline.W001"]


def test_a_command_beside_a_demo_in_another_time_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    clock.move_on(timedelta(hours=1))
    assert found(settings, PRODUCTION=False) == ["firstline.W003"]
    clock.back_to_now()
    assert found(settings, PRODUCTION=False) == []


def test_the_demo_may_move_the_time(settings: Settings) -> None:
    assert found(settings, DEMO=True, PRODUCTION=False, CLOCK="onboarding_portal.demo.clock.shifted_now") == []


@pytest.mark.parametrize("engine", [SQLITE], indirect=True)
def test_development_is_left_alone(settings: Settings) -> None:
    assert found(settings, PRODUCTION=False, SECRET_KEY=settings.INSECURE_KEY, DEBUG=True) == []


def test_they_run_with_every_command() -> None:
    assert {check_demo, check_production} <= {*checks.registry.registry.get_checks()}
