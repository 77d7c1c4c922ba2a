"""A playbook with its stages and steps: which have touches of their own, and by which the others go."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followups.cadences.naming import gone_in_words, kind_of, newest_of
from followups.engine.levels import Level, Place, nearest
from followups.models import Cadence
from partners.models import Vendor
from playbooks.models import Enrollment, Playbook, PlaybookVersion, Progress, Stage, Step
from playbooks.models.step import Turn

Levels = Mapping[Level, Cadence]


@dataclass(frozen=True)
class Part:
    """A playbook, a stage or a step, in finished words."""

    key: str
    title: str
    holds: str  # “2 touches of its own”, “As the stage”
    own: Cadence | None
    can_have_own: bool = True
    note: str = ""
    steps: list["Part"] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    book: Part
    stages: list[Part]
    coming: list[Part]  # stages with touches of their own, or steps, that are in the draft alone
    gone: list[Part]  # what has touches of its own and is in no newest version


def tree_of(playbook: Playbook, vendor: Vendor, name: str) -> Tree:
    """As many queries for any playbook."""
    levels = _levels(playbook)
    newest = newest_of(playbook.pk)
    draft = PlaybookVersion.objects.filter(playbook=playbook, state=PlaybookVersion.State.DRAFT).first()
    reading = _Reading(vendor.pk, playbook, levels, translation.get_language() or vendor.language)
    stages = reading.stages(newest)
    known = {(bool(step), key) for stage in stages for step, key in _keys(stage)}
    coming = [] if draft is None or draft == newest else reading.stages(draft)
    new = [stage for each in coming if (stage := _only_new(each, known)) is not None]
    known |= {(step, key) for stage in coming for step, key in _keys(stage)}
    book = reading.part("", name, Place(playbook.pk))
    return Tree(book, stages, new, reading.gone(known))


def _levels(playbook: Playbook) -> Levels:
    """What can hold in it; two queries."""
    there = Cadence.objects.filter(Q(playbook=None) | Q(playbook=playbook), vendor=playbook.vendor_id)
    return {Level.of(one): one for one in there.prefetch_related("touches")}


def _keys(stage: Part) -> list[tuple[bool, str]]:
    return [(False, stage.key), *((True, step.key) for step in stage.steps)]


def _only_new(stage: Part, known: set[tuple[bool, str]]) -> Part | None:
    """What of a draft's stage is in no published version."""
    steps = [step for step in stage.steps if (True, step.key) not in known]
    is_new = (False, stage.key) not in known
    if not steps and not is_new:
        return None
    return Part(stage.key, stage.title, stage.holds, stage.own, can_have_own=is_new, steps=steps)


@dataclass(frozen=True)
class _Reading:
    vendor: int
    playbook: Playbook
    levels: Levels
    language: str

    def stages(self, version: PlaybookVersion | None) -> list[Part]:
        if version is None:
            return []
        found = version.stages.order_by("position").prefetch_related("steps")
        return [self._stage(stage) for stage in found]

    def _stage(self, stage: Stage) -> Part:
        place = Place(self.playbook.pk, stage.key)
        steps = [self.step(stage, step) for step in sorted(stage.steps.all(), key=lambda one: one.position)]
        return self.part(stage.key, stage.title(self.language), place, steps=steps)

    def step(self, stage: Stage, step: Step) -> Part:
        place, title = Place(self.playbook.pk, stage.key, step.key), step.title(self.language)
        part = self.part(step.key, title, place)
        if step.who == Turn.PARTNER or part.own is not None:
            return part
        holds = _("Yours to do: nobody is reminded") if step.who == Turn.VENDOR else _("The sponsor’s to do")
        return Part(step.key, title, holds, None, can_have_own=False)

    def part(self, key: str, title: str, place: Place, *, steps: list[Part] | None = None) -> Part:
        own = self.levels.get(Level(self.vendor, place.playbook, "" if place.step else place.stage, place.step))
        return Part(key, title, self._holds(own, place), own, steps=steps or [])

    def _holds(self, own: Cadence | None, place: Place) -> str:
        if own is not None:
            return own_in_words(own)
        return INHERITED[kind_of(nearest(self.levels, self.vendor, place))]()

    def gone(self, known: set[tuple[bool, str]]) -> list[Part]:
        """With how many partners there still are whose version has it."""
        left = {
            (bool(one.step_key), one.step_key or one.stage_key): one for one in self.levels.values() if one.is_of_part
        }
        left = {which: one for which, one in left.items() if which not in known}
        if not left:
            return []
        titles, counts = self._titles(left), self._walking(left)
        return [
            Part(which[1], titles.get(which, which[1]), own_in_words(one), one, note=gone_in_words(counts[which]))
            for which, one in left.items()
        ]

    def _titles(self, keys: Collection[tuple[bool, str]]) -> dict[tuple[bool, str], str]:
        """As the newest version that has them calls them."""
        found: dict[tuple[bool, str], str] = {}
        for is_step, model in ((False, Stage), (True, Step)):
            wanted = [key for each, key in keys if each == is_step]
            parts = model.objects.filter(version__playbook=self.playbook, key__in=wanted)
            found |= {(is_step, part.key): part.title(self.language) for part in parts.order_by("version__number")}
        return found

    def _walking(self, keys: Collection[tuple[bool, str]]) -> Counter[tuple[bool, str]]:
        """Partners who have them before them or at hand, whatever version they walk."""
        open_or_later = Progress.objects.exclude(state__in=Progress.SETTLED).filter(
            enrollment__playbook=self.playbook, enrollment__state=Enrollment.State.RUNNING
        )
        found: Counter[tuple[bool, str]] = Counter()
        for is_step, column in ((False, "step__stage__key"), (True, "step__key")):
            wanted = [key for each, key in keys if each == is_step]
            theirs = open_or_later.filter(**{f"{column}__in": wanted}).order_by().values_list(column)
            found.update({(is_step, key): count for key, count in theirs.annotate(Count("enrollment", distinct=True))})
        return found


@dataclass(frozen=True)
class OfStep:
    """For the form of a step, in the playbook."""

    template = "followups/cadences/of_step.html"
    playbook: int
    key: str
    holds: str


def of_step(step: Step) -> OfStep:
    """Whose touches hold there; for a step that is read with its stage and its version's playbook."""
    playbook = step.version.playbook
    levels = _levels(playbook)
    return OfStep(
        playbook.pk, step.key, _Reading(playbook.vendor_id, playbook, levels, "").step(step.stage, step).holds
    )


INHERITED = {
    "standard": lambda: _("As the standard"),
    "playbook": lambda: _("As the playbook"),
    "stage": lambda: _("As the stage"),
}


def own_in_words(cadence: Cadence) -> str:
    """For a cadence that is read with its touches."""
    count = sum(touch.is_active for touch in cadence.touches.all())
    if not count:
        return _("Nothing is sent here")
    return ngettext("%(count)d touch of its own", "%(count)d touches of its own", count) % {"count": count}
