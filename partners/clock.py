"""The project's one clock.

Every door (view, task, command, loop) reads the time once, here, and passes it on as ``now``. The setting
``CLOCK`` names the function that is read, so that the demo can move the time for all processes at once;
outside the demo it is Django's own clock.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string


@cache
def _source() -> Callable[[], datetime]:
    source: Callable[[], datetime] = import_string(settings.CLOCK)
    return source


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return _source()()


def _forget_source(*, setting: str, **_: object) -> None:
    if setting == "CLOCK":
        _source.cache_clear()


setting_changed.connect(_forget_source)
