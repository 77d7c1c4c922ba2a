"""The bench's negative controls, for as long as a test lasts."""

import contextlib

import pytest
from django.db import connection

from bench.havoc.sabotage import SAFEGUARDS
from followups.engine import deciding, lastcheck

WHERE = {"lock": lastcheck, "claim": deciding}


class NoTransaction:
    atomic = contextlib.nullcontext


def take_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, part, instead in SAFEGUARDS[name]:
        monkeypatch.setattr(module, part, instead)
    if name in WHERE and connection.vendor == "sqlite":  # where the transaction itself is the lock
        monkeypatch.setattr(WHERE[name], "transaction", NoTransaction)
