"""Playbooks to begin from, written with care: files beside this module, copied into a vendor's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from partners.models import User, Vendor
from playbooks.models import Playbook
from playbooks.outline import PlaybookOutline
from playbooks.reading import read
from playbooks.storing import store
from playbooks.texts import text_in

FOLDER = Path(__file__).parent / "starters"


class NoSuchStarter(LookupError):
    """There is no starter of that name."""


@dataclass(frozen=True)
class Starter:
    outline: PlaybookOutline

    @property
    def key(self) -> str:
        return self.outline.key

    @property
    def step_count(self) -> int:
        return sum(1 for _step in self.outline.steps)

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.outline.steps)

    def text(self, key: str, language: str) -> str:
        return str(text_in(self.outline.texts, key, language) or "")


@cache
def available_starters() -> Sequence[Starter]:
    """All starters, by key; read once in a process, they come with the code."""
    return tuple(Starter(read(path.read_bytes())) for path in sorted(FOLDER.glob("*.yaml")))


def copy_starter(*, vendor: Vendor, key: str, by: User | None, now: datetime) -> Playbook:
    """A playbook of ``vendor`` with the starter as its draft; where it was copied before, that one as it is now.

    Raises ``NoSuchStarter``.
    """
    starter = next((starter for starter in available_starters() if starter.key == key), None)
    if starter is None:
        raise NoSuchStarter(key)
    own = Playbook.objects.of(vendor).filter(slug=key).first()
    return own or store(outline=starter.outline, vendor=vendor, by=by, now=now).playbook
