"""Misconfiguration, said when the process starts rather than when somebody is hurt by it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from onboarding_portal.demo import clock as demo_clock

PLAIN_CLOCK = "django.utils.timezone.now"


@register()
def check_demo(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Doors without a password and a clock that can be moved belong to the demo alone."""
    found: list[CheckMessage] = []
    if settings.DEMO and settings.PRODUCTION:
        found.append(
            Error(
                "DEMO and PRODUCTION are both set.",
                hint="The demo lets anybody in without a password. Unset DEMO.",
                id="firstline.E001",
            )
        )
    if not settings.DEMO and not settings.TESTING and settings.CLOCK != PLAIN_CLOCK:
        found.append(
            Error(
                f"CLOCK is {settings.CLOCK}, and this is not the demo.",
                hint=f"Only the demo may move the time. Set CLOCK to {PLAIN_CLOCK}.",
                id="firstline.E002",
            )
        )
    if not settings.DEMO and not settings.PRODUCTION and not settings.TESTING and demo_clock.is_moved():
        found.append(
            checks.Warning(
                "The demo in this folder moved its clock, and this command reads the real one.",
                hint="For a command that is to live in the demo’s time, set DEMO=1.",
                id="firstline.W003",
            )
        )
    return found


@register()
def check_production(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """What may not, or should not, be so where real people's data is."""
    return [*_refused(), *_doubtful()] if settings.PRODUCTION else []


def _refused() -> list[CheckMessage]:
    refused = [
        (
            settings.SECRET_KEY == settings.INSECURE_KEY,
            "PRODUCTION runs with the development SECRET_KEY.",
            "Everybody can read that key, and sign links and sessions with it. Set SECRET_KEY to 50 random characters.",
            "E003",
        ),
        (
            settings.DEBUG,
            "PRODUCTION runs with DEBUG.",
            "Error pages would show settings and data to strangers. Unset DEBUG.",
            "E004",
        ),
        (
            not settings.BASE_URL.startswith("https://"),
            f"PRODUCTION runs with BASE_URL {settings.BASE_URL}.",
            "Links in mails let people in, so they have to be https. Set BASE_URL to your public https address.",
            "E005",
        ),
    ]
    return [Error(says, hint=hint, id=f"firstline.{number}") for wrong, says, hint, number in refused if wrong]


def _doubtful() -> list[CheckMessage]:
    doubtful = [
        (
            settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"),
            "PRODUCTION runs on SQLite.",
            "One machine and one sender can live with it. For more, set DATABASE_URL to PostgreSQL.",
            "W001",
        ),
        (
            settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith(".example"),
            f"PRODUCTION sends mail from {settings.DEFAULT_FROM_EMAIL}.",
            "Nobody can answer that address, and mail servers refuse it. Set DEFAULT_FROM_EMAIL.",
            "W002",
        ),
    ]
    return [
        checks.Warning(says, hint=hint, id=f"firstline.{number}") for wrong, says, hint, number in doubtful if wrong
    ]
