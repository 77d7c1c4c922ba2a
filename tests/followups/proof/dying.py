"""Ending a worker at a point of the protocol, as hard as it goes without ending the tests too."""

import contextlib
from collections.abc import Callable, Iterator

from django.db import connection

from followups.engine.crashing import Point, arm


class Died(BaseException):
    """No worker catches this: what is not committed is gone, and so are both connections."""


def die_at(point: Point, *, passes: int, hangs_up: bool = True) -> Callable[[Point], None]:
    left = passes

    def act(name: Point) -> None:
        nonlocal left
        left -= name == point
        if left == 0:
            if hangs_up:  # the server sees a client vanish in the midst of whatever it was at
                connection.connection.close()
            raise Died

    return act


@contextlib.contextmanager
def dying(point: Point, *, passes: int, hangs_up: bool = True) -> Iterator[None]:
    """Fails where the worker within does not come to the point. Without ``hangs_up`` it is rolled back alone."""
    arm(die_at(point, passes=passes, hangs_up=hangs_up))
    try:
        yield
    except Died:
        if hangs_up:
            connection.close()
    else:
        raise AssertionError(f"nobody came to {point} for the {passes}. time")
    finally:
        arm(None)
