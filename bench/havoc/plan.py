"""How much is to happen, what of it has, and all else that a piece of the run hands on to the next."""

import json
import random
from dataclasses import asdict, dataclass, field
from pathlib import Path

KINDS = ("kill", "pause", "crash", "flush")


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

    def injuries(self) -> list[tuple[int, str]]:
        """After how many texts what happens: all decided by the seed."""
        chance = random.Random(f"injuries:{self.seed}")
        counts = zip(KINDS, (self.kills, self.pauses, self.crashes, self.flushes), strict=True)
        kinds = [kind for kind, count in counts for _ in range(count)]
        return sorted((int(self.followups * chance.uniform(0.01, 0.92)), kind) for kind in kinds)


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
