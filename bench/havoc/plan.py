"""How much is to happen, what of it has, and all else that a piece of the run hands on to the next."""

import json
import random
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path

KINDS = ("kill", "pause", "crash", "flush")
# By channel: the share of the follow-ups that take it, as the plan calls it. All others are mails.
SHARES = {"in-app": "notes", "call": "calls"}
SCATTER, PARTS = 7919, 1000  # a prime, so that neighbours take different channels


@dataclass(frozen=True)
class Plan:
    followups: int = 100_000
    kills: int = 500
    pauses: int = 50
    crashes: int = 20
    flushes: int = 20
    workers: int = 4
    completions: float = 3.0  # a second
    seed: int = 1
    without: str = ""  # a safeguard that is taken out
    notes: float = 0.15  # of all follow-ups: at somebody's bell
    calls: float = 0.15  # and on somebody's list

    def channel(self, number: int) -> str:
        """Which channel the follow-up with this number takes."""
        part = number * SCATTER % PARTS
        return next((channel for channel, up_to in self._parts() if part < up_to), "mail")

    def channel_sql(self) -> str:
        """The same as an expression of the number ``i``."""
        cases = [f"WHEN mod(i::bigint * {SCATTER}, {PARTS}) < {up_to} THEN '{name}'" for name, up_to in self._parts()]
        return f"CASE {' '.join(cases)} ELSE 'mail' END"

    def _parts(self) -> list[tuple[str, int]]:
        shares = accumulate(getattr(self, share) for share in SHARES.values())
        return [(channel, round(PARTS * up_to)) for channel, up_to in zip(SHARES, shares, strict=True)]

    @property
    def mails(self) -> int:
        return self.followups * (PARTS - self._parts()[-1][1]) // PARTS

    def injuries(self) -> list[tuple[int, str]]:
        """After how many texts what happens: all decided by the seed."""
        chance = random.Random(f"injuries:{self.seed}")
        counts = zip(KINDS, (self.kills, self.pauses, self.crashes, self.flushes), strict=True)
        kinds = [kind for kind, count in counts for _ in range(count)]
        return sorted((int(self.mails * chance.uniform(0.01, 0.92)), kind) for kind in kinds)


@dataclass
class State:
    """What one piece leaves to the next, beside the databases' own files."""

    plan: Plan
    postgres_port: int
    redis_port: int
    password: str
    smtp_port: int
    pieces: int = 0
    seconds: float = 0.0
    is_built: bool = False
    is_calm: bool = False
    is_over: bool = False
    fed: int = 0
    injuries: int = 0  # how many of them have been
    clock: float = 0.0  # seconds since the bench's morning
    beats: dict[str, int] = field(default_factory=dict)  # how often how many were running

    def save(self, path: Path) -> None:
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self), indent=1))
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> "State":
        kept = json.loads(path.read_text())
        return cls(**{**kept, "plan": Plan(**kept["plan"])})
