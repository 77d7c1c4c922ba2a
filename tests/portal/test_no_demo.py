"""Outside the demo there is nothing of it: no door, no mailbox, no clock that anybody could move."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import timezone

from partners import clock


def test_the_demo_is_not_installed() -> None:
    assert not apps.is_installed("onboarding_portal.demo")
    assert settings.CLOCK == "django.utils.timezone.now"


@pytest.mark.parametrize(
    "path", ["", "enter/channel-manager/", "mailbox/", "mailbox/1/", "clock/", "start-over/", "errors/500/"]
)
def test_its_pages_are_not_there(client: Client, path: str) -> None:
    assert client.get(f"/demo/{path}").status_code == 404
    assert client.post(f"/demo/{path}").status_code == 404


def test_the_clock_is_the_real_one() -> None:
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=1)
