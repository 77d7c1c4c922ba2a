"""The engine's own transport with little patience, telling what it is about to do."""

import os
import random
import signal
import time
from functools import cache

from bench.havoc import witness
from bench.havoc.touches import Batch
from bench.havoc.witness import request_to, request_to_all
from followups.engine import transports
from followups.engine.crashing import Point, arm
from followups.engine.transports import Reply, SmtpTransport, Talk

COMMAND_SECONDS, TEXT_SECONDS = 1.0, 1.5
# Of mails this share meets a moment's delay in the critical places, so that others come between.
LINGER = float(os.environ.get("HAVOC_LINGER", "0.03"))
MOMENT = float(os.environ.get("HAVOC_MOMENT", "0.05"))  # seconds, at most
# How long a sender stands still, in seconds, when the server has its text and has not answered: the place to die at.
HOLD = float(os.environ.get("HAVOC_HOLD", "0"))
vars(transports).update(COMMAND_SECONDS=COMMAND_SECONDS, TEXT_SECONDS=TEXT_SECONDS)


class Wave:
    """Whose mails a worker has begun, one on each of its lines, and when they were marked."""

    def __init__(self) -> None:
        self.recipients: dict[int, str] = {}  # by line
        self.marked_at = 0.0
        self.batch = Batch()
        arm(self.act)

    def act(self, point: Point) -> None:
        self.batch.act(point)
        if point == "recipient-taken":
            stand_still_if_asked()
        die_if_asked(point)
        if point in ("recipient-taken", "steps-locked", "judged") and random.random() < LINGER:
            time.sleep(random.random() * MOMENT)
        elif point == "text-sent" and HOLD:
            time.sleep(HOLD)
        elif point == "marking":
            self.marked_at = time.monotonic()
            for recipient in self.recipients.values():
                witness.tell("workers", "mark", self.marked_at, os.getpid(), recipient)
        elif point == "recorded":
            witness.tell("workers", "over", time.monotonic(), os.getpid())


@cache
def wave() -> Wave:
    """This worker's."""
    return Wave()


class WatchedLine(SmtpTransport):
    def __init__(self) -> None:
        super().__init__()
        self.wave = wave()

    def beginning(self, *, sender: str, recipient: str) -> Talk[None]:
        self.wave.recipients.pop(id(self), None)
        yield from super().beginning(sender=sender, recipient=recipient)
        self.wave.recipients[id(self)] = recipient

    def abandon(self) -> None:
        self.wave.recipients.pop(id(self), None)
        super().abandon()

    def delivering(self, content: bytes) -> Talk[Reply]:
        self.wave.recipients.pop(id(self), None)
        begins = content.index(b"Message-ID: ") + 12
        name = content[begins : content.index(b"\n", begins)].strip().decode()
        witness.tell("workers", "data", self.wave.marked_at, os.getpid(), name)
        return (yield from super().delivering(content))


def stand_still_if_asked() -> None:
    """Just before the last check, where being held up for longer than the lease matters most."""
    if witness.take(request_to(os.getpid())):
        os.kill(os.getpid(), signal.SIGSTOP)


def die_if_asked(point: Point) -> None:
    """Whoever is the first to come to the point that somebody asks about."""
    try:
        asked = request_to_all().read_text()
    except FileNotFoundError:
        return
    if asked == point and witness.take(request_to_all()):
        os.kill(os.getpid(), signal.SIGKILL)
