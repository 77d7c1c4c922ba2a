"""The engine's own transport with little patience, telling what it is about to do."""

import os
import random
import signal
import time

from bench.havoc import witness
from bench.havoc.witness import request_to
from followups.engine import transports
from followups.engine.crashing import Point, arm
from followups.engine.transports import Reply, SmtpTransport

COMMAND_SECONDS, TEXT_SECONDS = 1.0, 1.5
# Of mails this share meets a moment's delay in the critical places, so that others come between.
LINGER = float(os.environ.get("HAVOC_LINGER", "0.03"))
# How long a sender stands still, in seconds, when the server has its text and has not answered: the place to die at.
HOLD = float(os.environ.get("HAVOC_HOLD", "0"))
vars(transports).update(COMMAND_SECONDS=COMMAND_SECONDS, TEXT_SECONDS=TEXT_SECONDS)


class WatchedLine(SmtpTransport):
    def __init__(self) -> None:
        super().__init__()
        self.recipient = ""
        self.marked_at = 0.0
        arm(self.act)

    def begin(self, *, sender: str, recipient: str) -> None:
        self.recipient = recipient
        super().begin(sender=sender, recipient=recipient)

    def deliver(self, content: bytes) -> Reply:
        begins = content.index(b"Message-ID: ") + 12
        name = content[begins : content.index(b"\n", begins)].strip().decode()
        witness.tell("workers", "data", self.marked_at, os.getpid(), name)
        return super().deliver(content)

    def act(self, point: Point) -> None:
        if point == "recipient-taken":
            stand_still_if_asked()
        if point in ("recipient-taken", "steps-locked") and random.random() < LINGER:
            time.sleep(random.random() / 20)
        elif point == "text-sent" and HOLD:
            time.sleep(HOLD)
        elif point == "marking":
            self.marked_at = time.monotonic()
            witness.tell("workers", "mark", self.marked_at, os.getpid(), self.recipient)
        elif point == "recorded":
            witness.tell("workers", "over", time.monotonic(), os.getpid())


def stand_still_if_asked() -> None:
    """Just before the last check, where being held up for longer than the lease matters most."""
    asked = request_to(os.getpid())
    if asked.exists():
        asked.unlink()
        os.kill(os.getpid(), signal.SIGSTOP)
