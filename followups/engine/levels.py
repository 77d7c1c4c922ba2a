"""Where touches are given: for one step, for a stage, for a playbook, or by the standard; the nearest holds alone."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from followups.models import Cadence
from playbooks.models import Progress, Step


class Place(NamedTuple):
    """Where somebody stands in a playbook. The keys of its stages and steps stay the same over its versions."""

    playbook: int | None = None
    stage: str = ""
    step: str = ""

    @classmethod
    def of(cls, playbook: int | None, step: Step | None) -> "Place":
        """For a step that is read with its stage."""
        return cls(playbook, step.stage.key, step.key) if step is not None else cls(playbook)


class Level(NamedTuple):
    """For whom a cadence is; a step's names no stage, since a step may move from one to another."""

    vendor: int
    playbook: int | None = None
    stage: str = ""
    step: str = ""

    @classmethod
    def of(cls, cadence: Cadence) -> "Level":
        return cls(cadence.vendor_id, cadence.playbook_id, cadence.stage_key, cadence.step_key)

    @property
    def is_narrow(self) -> bool:
        """For a part of a playbook alone."""
        return bool(self.stage or self.step)


def nearest(levels: Mapping[Level, object], vendor: int, place: Place, *, is_narrow: bool = True) -> Level:
    """Of these levels, the one that holds at ``place``: step, stage, playbook, and else the standard.

    Where no level of a vendor is narrow, there is less to look at.
    """
    return next((level for level in _upwards(vendor, place, is_narrow=is_narrow) if level in levels), Level(vendor))


def _upwards(vendor: int, place: Place, *, is_narrow: bool) -> Iterator[Level]:
    playbook, stage, step = place
    if is_narrow and step:
        yield Level(vendor, playbook, step=step)
    if is_narrow and stage:
        yield Level(vendor, playbook, stage)
    yield Level(vendor, playbook)


def parts_of(progress: Collection[int]) -> dict[int, tuple[str, str]]:
    """The keys of stage and step, by progress; one query. To be asked only where a cadence is for such a part."""
    if not progress:
        return {}
    rows = Progress.objects.filter(pk__in=progress).values_list("pk", "step__stage__key", "step__key")
    return {pk: (stage, step) for pk, stage, step in rows}
