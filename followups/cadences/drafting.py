"""Changing a cadence: everything happens in a draft beside it, until it is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from followups.models import Cadence, DraftTouch
from followups.models.cadence import TouchRule
from partners import auditing
from partners.models import User

MOST_TOUCHES = 12
COPIED = ("kind", "after_hours", "basis", "to", "role", "condition", "channel", "texts")
WHERE_TO = ("to", "role", "channel")


class NoDraft(Exception):
    """The draft was published or thrown away meanwhile."""

    message = _("The draft is gone: it was published or thrown away meanwhile. Start a new one to change something.")


class TooMany(Exception):
    message = _("A cadence has at most 12 touches. Nobody reads more about one step.")


class SaidTwice(Exception):
    message = _("Another touch of this cadence says exactly this already. Change something, or leave it at the other.")


@dataclass(frozen=True)
class Said:
    """What a form says about a touch."""

    after_hours: int
    basis: str
    to: str
    role: str
    condition: str
    channel: str
    texts: Mapping[str, Mapping[str, str]]

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in COPIED if name != "kind"}


@transaction.atomic
def start_draft(*, cadence: Cadence, by: User | None, now: datetime) -> Cadence:
    """The cadence with a draft of its touches: the one there is, else a copy of what is in force."""
    cadence = _locked(cadence)
    if cadence.has_draft and not cadence.draft_inherits:
        return cadence
    in_force = cadence.touches.filter(is_active=True)
    DraftTouch.objects.bulk_create(DraftTouch(cadence=cadence, **_copied(touch)) for touch in in_force)
    cadence.draft_since, cadence.draft_inherits = now, False
    cadence.save(update_fields=["draft_since", "draft_inherits"])
    auditing.record(vendor=cadence.vendor, action="cadence.draft_started", subject=cadence, by=by, now=now)
    return cadence


@transaction.atomic
def discard_draft(*, cadence: Cadence, by: User | None, now: datetime) -> bool:
    """Throw the draft away; what is in force stays."""
    cadence = _locked(cadence)
    if not cadence.has_draft:
        return False
    cadence.draft_touches.all().delete()
    cadence.draft_since, cadence.draft_inherits = None, False
    cadence.save(update_fields=["draft_since", "draft_inherits"])
    auditing.record(vendor=cadence.vendor, action="cadence.draft_discarded", subject=cadence, by=by, now=now)
    return True


@transaction.atomic
def save_touch(*, cadence: Cadence, kind: str, said: Said, by: User | None, now: datetime) -> DraftTouch:
    """Write a touch of the draft; without a ``kind`` it is a new one.

    Raises ``NoDraft``, ``TooMany`` and ``SaidTwice``.

    A touch that goes to somebody else, or by another way, is another one: what was planned of the first is called off.
    """
    cadence = _locked_with_draft(cadence)
    touch = cadence.draft_touches.filter(kind=kind).first() if kind else None
    if kind and touch is None:
        raise NoDraft
    if any(_says(other, said) for other in cadence.draft_touches.exclude(kind=kind)):
        raise SaidTwice
    if touch is None:
        if cadence.draft_touches.count() >= MOST_TOUCHES:
            raise TooMany
        touch = DraftTouch(cadence=cadence, kind=_fresh_kind())
    elif any(getattr(touch, name) != getattr(said, name) for name in WHERE_TO):
        touch.kind = _kind_for(cadence, touch, said)
    for name, value in said.columns().items():
        setattr(touch, name, value)
    touch.full_clean()
    touch.save()
    _write_down(cadence, "cadence.touch_saved", touch, by=by, now=now)
    return touch


def _says(touch: DraftTouch, said: Said) -> bool:
    return all(getattr(touch, name) == value for name, value in said.columns().items())


def twin_of(touch: DraftTouch) -> DraftTouch | None:
    """Another of the draft that comes to the same person in the same moment by the same way, and can come with it."""
    same = {name: getattr(touch, name) for name in ("after_hours", "basis", *WHERE_TO)}
    others = touch.cadence.draft_touches.filter(**same).exclude(pk=touch.pk)
    if touch.condition:
        others = others.filter(condition__in=["", touch.condition])  # of two conditions only one is ever met
    return others.first()


@transaction.atomic
def remove_touch(*, cadence: Cadence, kind: str, by: User | None, now: datetime) -> bool:
    """Take a touch out of the draft. Raises ``NoDraft``."""
    cadence = _locked_with_draft(cadence)
    touch = cadence.draft_touches.filter(kind=kind).first()
    if touch is None:
        return False
    _write_down(cadence, "cadence.touch_removed", touch, by=by, now=now)
    touch.delete()
    return True


def _kind_for(cadence: Cadence, touch: DraftTouch, said: Said) -> str:
    """That of a touch in force which goes the same way to the same person and has left the draft; else a new one."""
    there = cadence.draft_touches.exclude(pk=touch.pk).values_list("kind", flat=True)
    same = cadence.touches.filter(is_active=True, **{name: getattr(said, name) for name in WHERE_TO})
    back = same.exclude(kind__in=list(there)).first()
    return back.kind if back is not None else _fresh_kind()


def _fresh_kind() -> str:
    """Never one that was used before: a follow-up that was planned under it and called off is history."""
    return f"touch-{token_hex(4)}"


def _copied(touch: TouchRule) -> dict[str, Any]:
    return {name: getattr(touch, name) for name in COPIED}


def _locked(cadence: Cadence) -> Cadence:
    return Cadence.objects.select_for_update(of=("self",)).select_related("vendor", "playbook").get(pk=cadence.pk)


def _locked_with_draft(cadence: Cadence) -> Cadence:
    cadence = _locked(cadence)
    if not cadence.has_draft or cadence.draft_inherits:
        raise NoDraft
    return cadence


def _write_down(cadence: Cadence, action: str, touch: DraftTouch, *, by: User | None, now: datetime) -> None:
    told = {name: str(getattr(touch, name)) for name in COPIED if name not in ("kind", "texts")}
    auditing.record(vendor=cadence.vendor, action=action, subject=cadence, by=by, now=now, kind=touch.kind, **told)
