"""Tasks pass the turnstile too: they run in threads of the worker, each from its first line to its last."""

import threading
from contextlib import ExitStack

from onboarding_portal.demo.turnstile import passing

_running = threading.local()


def enter(**_: object) -> None:
    _running.stack = ExitStack()
    _running.stack.enter_context(passing())


def leave(**_: object) -> None:
    _running.stack.close()
