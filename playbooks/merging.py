"""What two authors wrote at the same time, put together field by field.

A form carries a few letters for each field as its author saw it. What only one of two changed is kept as that one wrote
it; what both changed, and not alike, is torn, and its author has to decide.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from partners.models import AuditEntry, User
from playbooks.models import Step
from playbooks.models.step import Turn
from playbooks.outline import StepOutline, Texts, tidy_step_texts

# The fields of a step's form that are no texts.
COLUMNS: Final = ("minutes", "who", "role", "asks_for_goal", "wants_approval", "achieves", "with_sponsor")
LETTERS: Final = 12
MOST_SEEN: Final = 6000  # letters: every text in every language that pages are shown in
_LATEST: Final = 200  # entries of the audit log that are looked through for who wrote a field
_WRITES: Final = ("playbook.step_saved", "playbook.taken_back", "playbook.redone")

# By the field's name: of a text with its language, as "why.en". What is empty is not there.
Fields = dict[str, Any]


@dataclass(frozen=True)
class Others:
    """What somebody else wrote meanwhile; ``by`` is None where nobody knows."""

    by: User | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    fields: Fields  # of what is torn, what the author wrote
    kept: tuple[str, ...]  # as somebody else wrote it
    torn: tuple[str, ...]


def fields_of(said: Step | StepOutline, languages: Iterable[str]) -> Fields:
    """What a step's form says, field by field, in its order."""
    texts = tidy_step_texts(said.texts, languages)
    words = {f"{name}.{language}": text for language, own in texts.items() for name, text in own.items()}
    return words | {name: getattr(said, name) for name in COLUMNS}


def put_into(step: Step, fields: Mapping[str, Any]) -> None:
    texts: Texts = {}
    for name, value in fields.items():
        if name in COLUMNS:
            setattr(step, name, value)
        else:
            key, _dot, language = name.rpartition(".")
            texts.setdefault(language, {})[key] = value
    step.texts = tidy_step_texts(texts, step.version.languages)


def fingerprint(step: Step) -> str:
    """What the step's form was opened on: see ``as_seen``."""
    return as_seen(fields_of(step, step.version.languages))


def as_seen(fields: Mapping[str, Any]) -> str:
    """A few letters for each field, by which a change of it is known."""
    return "~".join(f"{name}:{_letters(value)}" for name, value in fields.items())


def _letters(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:LETTERS]


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def merge(mine: Fields, current: Fields, *, seen: str, own: Collection[str] = ()) -> Merged:
    """``seen`` is what the author began with; ``own`` are fields that they wrote last themselves, in the same form.

    Where ``seen`` does not say it, whatever differs is torn.
    """
    before = dict(pair.rpartition(":")[::2] for pair in seen.split("~") if ":" in pair)
    fields, kept, torn = dict(mine), list[str](), list[str]()
    for name in differing(current, mine):
        theirs = current.get(name)
        if name in own or (before and before.get(name) == _letters_or_none(theirs)):
            continue
        if before and before.get(name) == _letters_or_none(mine.get(name)):
            kept.append(name)
            fields[name] = theirs
        else:
            torn.append(name)
    # Two changes that are right each by itself, and together are not, are torn as well.
    against = [name for name in kept if name in _contradicting(fields)]
    fields |= {name: mine[name] for name in against}
    said = {name: value for name, value in fields.items() if value is not None}
    return Merged(said, tuple(name for name in kept if name not in against), (*torn, *against))


def _letters_or_none(value: Any) -> str | None:
    return None if value is None else _letters(value)


def _contradicting(fields: Mapping[str, Any]) -> set[str]:
    """The fields of which no form takes all as they are."""
    who = fields.get("who")
    found = {name for name in ("role", "asks_for_goal", "with_sponsor") if fields.get(name) and who != Turn.PARTNER}
    if fields.get("wants_approval") and who == Turn.VENDOR:
        found.add("wants_approval")
    return found | {"who"} if found else found


def last_writers(step: Step, names: Collection[str]) -> dict[str, AuditEntry]:
    """For each field, the entry of the audit log that made it what it is now; one query."""
    playbook = step.version.playbook
    entries = (
        AuditEntry.objects.filter(vendor=playbook.vendor_id, subject=str(playbook), at__gte=step.version.created_at)
        .filter(action__in=_WRITES, data__step=step.key)
        .select_related("by")
        .order_by("-at", "-pk")[:_LATEST]
    )
    found: dict[str, AuditEntry] = {}
    for entry in entries:
        for name in entry.data.get("fields", names):
            if name in names:
                found.setdefault(name, entry)
    return found


def by_writer(names: Iterable[str], writers: Mapping[str, AuditEntry]) -> tuple[Others, ...]:
    """Who wrote which of these fields, in their order."""
    people: dict[int | None, User | None] = {}
    wrote: dict[int | None, list[str]] = {}
    for name in names:
        by = writers[name].by if name in writers else None
        people[by.pk if by else None] = by
        wrote.setdefault(by.pk if by else None, []).append(name)
    return tuple(Others(by, tuple(wrote[pk])) for pk, by in people.items())
