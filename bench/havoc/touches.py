"""What is no mail, as a worker sees it: told when it will be committed, and once that is done.

A note or a call is decided and delivered in one transaction, and there is no server to testify.
"""

import os
import time
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from bench.havoc import witness
from followups.engine import deciding
from followups.engine.crashing import Point
from followups.engine.delivering import deliver
from followups.models import Message


class Batch:
    """The notes and calls of the transaction that this worker is at."""

    def __init__(self) -> None:
        self.followups: tuple[int, ...] = ()
        vars(deciding)["deliver"] = self.deliver

    def deliver(self, messages: Mapping[int, Message], *, now: datetime) -> None:
        deliver(messages, now=now)
        self.followups = tuple(messages)
        transaction.on_commit(self._there)

    def act(self, point: Point) -> None:
        if point == "due-locked":
            self.followups = ()  # whatever became of the batch before
        elif point == "deciding" and self.followups:
            witness.tell("workers", "told", time.monotonic(), os.getpid(), *self.followups)

    def _there(self) -> None:
        witness.tell("workers", "there", time.monotonic(), os.getpid(), *self.followups)
