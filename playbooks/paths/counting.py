"""Which steps to come count: those that are sure not to concern the partner are in no number, until that changes.

A step to come is marked as left out as soon as that is sure, and counts again where the partner's profile, or a new
version, says otherwise before its time. Whether it is left out for good is decided when its time comes, as ever.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from django.db.models import Exists, OuterRef

from partners.models import Vendor
from playbooks.models import Enrollment, Progress, Step
from playbooks.models.enrollment import EnrollmentQuerySet
from playbooks.paths.concerning import facts_of
from playbooks.paths.conditions import Facts
from playbooks.paths.opening import Place, cannot_come

BATCH: Final = 500
State = Progress.State


def with_conditions(enrollments: EnrollmentQuerySet) -> EnrollmentQuerySet:
    """Of these, the running ones in which a step to come is for some partners alone."""
    to_come = Progress.objects.filter(enrollment=OuterRef("pk"), state=State.LOCKED).exclude(step__condition=[])
    return enrollments.running().filter(Exists(to_come))


def count_anew(enrollments: EnrollmentQuerySet) -> list[int]:
    """Decide for all of these walks which steps to come count; says in which something changed, by their keys.

    Each is held until the transaction ends: what happens in it meanwhile waits, and decides on what is written here.
    All are held first, in one order; then they are read a batch at a time, with as many queries each as for one.
    """
    held = enrollments.running().order_by("pk").select_for_update(of=("self",), no_key=True)
    changed: list[int] = []
    keys = list(held.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        asked = with_conditions(Enrollment.objects.filter(pk__in=keys[start : start + BATCH]))
        walks = _walks(asked.values_list("pk", flat=True))
        changed += mark(walks, _out(walks)) if walks else []
    return changed


def mark(walks: Mapping[int, Sequence[Place]], out: Collection[int]) -> list[int]:
    """Write down which of the steps to come are ``out``; says in which walks that is new. Two queries at most."""
    differing = _differing(walks, out)
    for is_out in (True, False):
        keys = [place.pk for _walk, place in differing if place.is_left_out != is_out]
        if keys:
            Progress.objects.filter(pk__in=keys, state=State.LOCKED).update(left_out=is_out)
    return list(dict.fromkeys(walk for walk, _place in differing))


def adrift(*, vendor: Vendor) -> Iterator[list[int]]:
    """The keys of walks in which something else counts than should, a batch at a time; nothing is written."""
    last = 0
    mine = with_conditions(Enrollment.objects.filter(vendor=vendor)).order_by("pk")
    while keys := list(mine.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        walks = _walks(keys)
        yield list(dict.fromkeys(walk for walk, _place in _differing(walks, _out(walks))))
        last = keys[-1]


def _differing(walks: Mapping[int, Sequence[Place]], out: Collection[int]) -> list[tuple[int, Place]]:
    return [
        (walk, place)
        for walk, places in walks.items()
        for place in places
        if place.state == State.LOCKED and place.is_left_out != (place.pk in out)
    ]


def _walks(keys: Iterable[int]) -> dict[int, list[Place]]:
    """Each walk in its order; two queries, so that what the steps say is read once, however many walk them."""
    columns = ("enrollment", "pk", "step", "state", "left_out")
    rows = Progress.objects.filter(enrollment__in=keys).order_by("enrollment", "position", "pk").values_list(*columns)
    found = list(rows)
    steps = Step.objects.only("key", "who", "condition").in_bulk({step for _walk, _pk, step, *_ in found})
    walks: dict[int, list[Place]] = defaultdict(list)
    for walk, pk, step, state, is_left_out in found:
        said = steps[step]
        place = Place(pk, said.key, said.who, condition=said.condition, state=state, is_left_out=is_left_out)
        walks[walk].append(place)
    return walks


def _out(walks: Mapping[int, Sequence[Place]]) -> set[int]:
    """Three queries at most."""
    columns = ("pk", "partner__size", "partner__country", "partner__vertical")
    rows = Enrollment.objects.filter(pk__in=walks).values_list(*columns)
    facts = facts_of(walks, {pk: Facts(size, country, vertical) for pk, size, country, vertical in rows})
    return {pk for walk, places in walks.items() for pk in cannot_come(places, facts[walk])}
