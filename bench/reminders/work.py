"""What the measured processes do: the engine's own functions, until nothing is left."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from bench.reminders.crew import Ready
from followups.engine import pumping
from followups.engine.claiming import claim
from followups.engine.deciding import BATCH, decide_batch
from followups.engine.lines import Lines
from followups.engine.polling import Engine
from followups.engine.sending import send_batch
from followups.engine.transports import Reply, SmtpTransport
from followups.models import FollowUp
from partners import clock

FINISH = """
    UPDATE followups_message SET state = 'accepted', lease_until = NULL, finished_at = %s
    FROM unnest(%s::bigint[], %s::int[]) AS ours (id, fence)
    WHERE followups_message.id = ours.id AND followups_message.fence = ours.fence
"""


class NullTransport:
    """A mail server that takes everything at once."""

    is_ready = True

    def connect(self) -> None:
        """There is no line to make."""

    def begin(self, *, sender: str, recipient: str) -> None:
        """Every address is welcome."""

    def deliver(self, content: bytes) -> Reply:
        return Reply(250, "2.0.0 Kept")

    def abandon(self) -> None:
        """Nothing was begun."""

    def close(self) -> None:
        """Nothing is open."""


def decide(ready: Ready) -> int:
    connection.ensure_connection()
    ready()
    rows = 0
    while found := decide_batch(now=clock.now()):
        rows += found
    return rows


def time_batches(ready: Ready) -> list[float]:
    """The seconds that each batch of due follow-ups took, after one to warm up."""
    decide_batch(now=clock.now())
    ready()
    taken, before = [], time.perf_counter()
    while decide_batch(now=clock.now()) == BATCH:
        now = time.perf_counter()
        taken.append(now - before)
        before = now
    return taken


def decider() -> Callable[[], int]:
    return lambda: decide_batch(now=clock.now())


def claimer() -> Callable[[], int]:
    return lambda: claim_and_finish_batch(BATCH)


def sender(*, lines: int) -> Callable[[], int]:
    kept = nowhere(lines)
    return lambda: send_batch(now=clock.now(), transport=kept, read_clock=clock.now)


def claim_and_finish_batch(size: int) -> int:
    """Claimed by the engine, and finished by primary key and fence in one statement."""
    claims = claim(now=clock.now(), limit=size)
    if claims:
        with connection.cursor() as cursor:
            cursor.execute(FINISH, [clock.now(), [one.pk for one in claims], [one.fence for one in claims]])
    return len(claims)


def nowhere(lines: int) -> Lines:
    return Lines([NullTransport() for _ in range(lines)])


def send_mail(ready: Ready, *, url: str, lines: int, mails: int) -> int:
    """At least so many, after a batch to warm up."""
    line = Lines([SmtpTransport(url) for _ in range(lines)])
    send_batch(now=clock.now(), transport=line)
    ready()
    rows = 0
    while rows < mails and (found := send_batch(now=clock.now(), transport=line, read_clock=clock.now)):
        rows += found
    line.close()
    return rows


def tick(ready: Ready, *, times: int) -> list[float]:
    """Rounds of a worker with nothing to do; the seconds that each took."""
    engine = Engine(NullTransport)
    for _ in range(10):
        engine.run_once()
        engine.watch_once()
    ready()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        engine.run_once()
        engine.watch_once()
        taken.append(time.perf_counter() - began)
    return taken


def serve(ready: Ready, *, url: str, lines: int, due: datetime, at_most: float) -> list[tuple[float, int]]:
    """A worker's engine, left to itself until what falls due at ``due`` is decided; when it decided how many."""
    decided: list[tuple[float, int]] = []

    def noted(**given: Any) -> int:
        rows = decide_batch(**given)
        if rows:
            decided.append((time.monotonic(), rows))
        return rows

    vars(pumping)["decide_batch"] = noted
    engine = Engine(lambda: Lines([SmtpTransport(url) for _ in range(lines)]))
    ready()
    engine.start()
    end = time.monotonic() + at_most
    while time.monotonic() < end and (clock.now() < due or FollowUp.objects.due(now=due).exists()):
        time.sleep(0.5)
    engine.stop()
    return decided
