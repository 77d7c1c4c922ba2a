"""The bench's negative controls, for as long as a test lasts."""

import contextlib

import pytest
from django.db import connection

from bench.havoc.sabotage import SAFEGUARDS
from followups.engine import lastcheck


class NoTransaction:
    atomic = contextlib.nullcontext


def take_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, part, instead in SAFEGUARDS[name]:
        monkeypatch.setattr(module, part, instead)
    if name == "lock" and connection.vendor == "sqlite":  # where the transaction itself is the lock
        monkeypatch.setattr(lastcheck, "transaction", NoTransaction)
