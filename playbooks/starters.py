"""Playbooks to begin from, written with care: files beside this module, copied into a vendor's own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import transaction

from partners.models import User, Vendor
from playbooks.editing import describe
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


@transaction.atomic
def copy_starter(
    *, vendor: Vendor, key: str, by: User | None, now: datetime, languages: Collection[str] = ()
) -> Playbook:
    """A playbook of ``vendor`` with the starter as its draft; where it was copied before, that one as it is now.

    Of ``languages`` it has those that the starter has, or all where it has none of them. Raises ``NoSuchStarter``.
    """
    starter = next((starter for starter in available_starters() if starter.key == key), None)
    if starter is None:
        raise NoSuchStarter(key)
    own = Playbook.objects.of(vendor).filter(slug=key).first()
    if own:
        return own
    draft = store(outline=starter.outline, vendor=vendor, by=by, now=now)
    wanted = [language for language in draft.languages if language in languages]
    if wanted and wanted != draft.languages:
        describe(version=draft, texts=draft.texts, languages=wanted, by=by, now=now)
    return draft.playbook
