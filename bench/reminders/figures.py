"""What a part of the bench found: lines to read, and bars that hold or do not."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Bar:
    what: str
    value: float
    limit: float
    is_least: bool  # whether the limit is the least that will do, or the most

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.is_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.is_least else "<="
        return f"{'holds' if self.holds else 'FAILS'}  {self.what}: {self.value:,.2f} ({sign} {self.limit:,g})"


@dataclass
class Part:
    name: str
    lines: list[str] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    def say(self, line: str) -> None:
        print(line, flush=True)
        self.lines.append(line)

    def at_least(self, what: str, value: float, limit: float) -> None:
        self._judge(Bar(what, value, limit, is_least=True))

    def at_most(self, what: str, value: float, limit: float) -> None:
        self._judge(Bar(what, value, limit, is_least=False))

    def _judge(self, bar: Bar) -> None:
        print(f"  {bar}", flush=True)
        self.bars.append(bar)


def keep(path: Path, part: Part) -> None:
    """Put what ``part`` found beside what earlier runs found."""
    kept = load(path) | {part.name: part}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({name: asdict(each) for name, each in kept.items()}, indent=1))


def load(path: Path) -> dict[str, Part]:
    if not path.exists():
        return {}
    kept: dict[str, Any] = json.loads(path.read_text())
    return {name: Part(name, each["lines"], [Bar(**bar) for bar in each["bars"]]) for name, each in kept.items()}


def machine() -> str:
    model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    return f"{os.cpu_count()} cores{model[model.find(':') :]}, Python {platform.python_version()}"
