"""Running partners go over to a newer version of their playbook, step by step as the vendor chose.

What is done stays as it was done: the step, its words and its time. What differs is taken over, kept, or taken over
where nobody has begun it. A step in somebody's hands is never taken away, nor given to somebody else. It is carried
out in batches by key; what broke off is begun again, since whoever went over is no longer on another version. Taking
it back is the same walk in the other direction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, Exists, Min, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from partners import auditing, carrying_out, recording
from partners.inserting import insert
from partners.models import Activity, User
from playbooks.models import (
    Enrollment,
    Evidence,
    PlaybookVersion,
    Progress,
    Step,
    TurnSpell,
    Upgrade,
    UpgradedEnrollment,
)
from playbooks.outline import outline_of_step
from playbooks.paths.counting import count_anew
from playbooks.paths.dating import date_anew
from playbooks.signals import enrollments_upgraded

BATCH: Final = 200
SETTLED: Final = Progress.SETTLED
Choice = Upgrade.Choice


class CannotUndo(Exception):
    """It was taken back already, is under way, or a later one has come over it."""

    message = _("This can no longer be taken back: it was, or partners have gone over to a later version since.")


class NobodyWaits(Exception):
    """Everybody is on that version, or a later one."""

    message = _("They were brought over already: nobody is on an earlier version any more.")


@dataclass(frozen=True)
class Course:
    """From one version to another: which steps stay the same, differ, come and go. By key, in their order."""

    before: Mapping[str, Step]
    after: Mapping[str, Step]

    @classmethod
    def between(cls, before: PlaybookVersion, after: PlaybookVersion) -> "Course":
        return cls(*({step.key: step for step in version.steps.order_by("position")} for version in (before, after)))

    @cached_property
    def changed(self) -> list[str]:
        return [key for key in self._common if not self._same(key)]

    @cached_property
    def unchanged(self) -> list[str]:
        return [key for key in self._common if self._same(key)]

    @cached_property
    def added(self) -> list[str]:
        return [key for key in self.after if key not in self.before]

    @cached_property
    def gone(self) -> list[str]:
        return [key for key in self.before if key not in self.after]

    @property
    def differing(self) -> list[str]:
        return [*self.changed, *self.added, *self.gone]

    @property
    def _common(self) -> list[str]:
        return [key for key in self.after if key in self.before]

    def _same(self, key: str) -> bool:
        before, after = self.before[key], self.after[key]
        languages = sorted({*before.texts, *after.texts})
        return outline_of_step(before, languages) == outline_of_step(after, languages)

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each step stands afterwards; one that is gone stands where the step before it does."""
        places = {key: step.position for key, step in self.after.items()}
        last = 0
        for key in self.before:
            last = places.setdefault(key, last)
        return places


def behind(version: PlaybookVersion) -> "QuerySet[Enrollment]":
    """Who walks an earlier version of this playbook."""
    running = Enrollment.objects.running().filter(playbook=version.playbook_id)
    return running.filter(version__number__lt=version.number)


@transaction.atomic
def ask_for_upgrade(*, version: PlaybookVersion, choices: Mapping[str, str], by: User | None, now: datetime) -> Upgrade:
    """Say that everybody on an earlier version goes over to ``version``; who says it twice gets what is under way.

    ``choices`` has a ``Choice`` for each key that differs; what it does not name is kept as it is. ValueError for
    a choice that there is not, or for a draft. Raises ``NobodyWaits``.
    """
    if version.is_draft:
        raise ValueError("Nobody can go over to a draft.")
    wanted = {key: Choice(choice).value for key, choice in choices.items()}
    waiting = behind(version).count()
    if not waiting and not Upgrade.objects.running().filter(playbook=version.playbook_id).exists():
        raise NobodyWaits
    said = {
        "vendor": version.playbook.vendor,
        "version": version,
        "choices": wanted,
        "asked_at": now,
        "asked_by": by,
        "waiting": waiting,
    }
    return _ask(version, said, by=by, now=now, action="playbook.upgraded")


@transaction.atomic
def undo(*, upgrade: Upgrade, by: User | None, now: datetime) -> Upgrade:
    """Take ``upgrade`` back for whoever is still where it brought them. Raises ``CannotUndo``."""
    upgrade = (
        Upgrade.objects.select_for_update(no_key=True, of=("self",))
        .select_related("version__playbook__vendor")
        .get(pk=upgrade.pk)
    )
    later = Upgrade.objects.that_count().filter(playbook=upgrade.playbook_id, pk__gt=upgrade.pk)
    if upgrade.ended_at is None or upgrade.undoes_id or later.exists():
        raise CannotUndo
    said = {
        "vendor": upgrade.version.playbook.vendor,
        "version": upgrade.version,
        "undoes": upgrade,
        "asked_at": now,
        "asked_by": by,
        "waiting": _brought_by(upgrade).count(),
    }
    return _ask(upgrade.version, said, by=by, now=now, action="playbook.upgrade_undone")


def _ask(version: PlaybookVersion, said: Mapping[str, Any], *, by: User | None, now: datetime, action: str) -> Upgrade:
    upgrade, is_new = Upgrade.objects.get_or_create(playbook=version.playbook, ended_at=None, defaults=dict(said))
    if is_new:
        auditing.record(
            vendor=version.playbook.vendor,
            action=action,
            subject=version.playbook,
            by=by,
            now=now,
            number=version.number,
            partners=upgrade.waiting,
        )
    return upgrade


def _brought_by(upgrade: Upgrade) -> "QuerySet[Enrollment]":
    """Who went over by ``upgrade`` and has not moved on since."""
    running = Enrollment.objects.running().filter(playbook=upgrade.playbook_id, version=upgrade.version_id)
    return running.filter(upgrades__upgrade=upgrade)


def carry_out(*, upgrade: Upgrade, now: datetime, seconds: float | None = None) -> bool:
    """Bring over whoever is behind, for at most ``seconds`` plus one batch; says whether that was everybody.

    Raises ``CarriedOutElsewhere``.
    """
    move = _Move(upgrade)
    return carrying_out.carry_out(upgrade, batches=move.batches(), act=move.bring_over, now=now, seconds=seconds)


def carry_out_all(*, now: datetime) -> None:
    carrying_out.carry_out_all(Upgrade.objects.all(), lambda each: carry_out(upgrade=each, now=now), now=now)


class _Move:
    """One upgrade while it is carried out: what it knows of the versions is read once."""

    def __init__(self, upgrade: Upgrade) -> None:
        related = ("version__playbook__vendor", "undoes", "asked_by")
        self.upgrade = Upgrade.objects.select_related(*related).get(pk=upgrade.pk)
        self.vendor = self.upgrade.version.playbook.vendor
        self.courses: dict[tuple[int, int], Course] = {}
        self.keys_of: dict[str, list[int]] = defaultdict(list)  # every version's step of a key
        steps = Step.objects.filter(version__playbook=self.upgrade.playbook_id, version__state="published")
        for pk, key in steps.values_list("pk", "key"):
            self.keys_of[key].append(pk)

    def batches(self) -> Iterator[list[int]]:
        """The keys of those who wait, in their order."""
        waiting = self._waiting().order_by("pk").values_list("pk", flat=True)
        last = 0
        while keys := list(waiting.filter(pk__gt=last)[:BATCH]):
            yield keys
            last = keys[-1]

    def _waiting(self) -> "QuerySet[Enrollment]":
        return _brought_by(self.upgrade.undoes) if self.upgrade.undoes else behind(self.upgrade.version)

    def bring_over(self, keys: Sequence[int], /, *, now: datetime) -> dict[str, int]:
        """How many of these went over, and for how many something looks different now."""
        # Whoever moves a step holds its walk first, so nobody opens a next one while this batch is on its way.
        waiting = list(self._waiting().filter(pk__in=keys).order_by("pk").select_for_update(of=("self",), no_key=True))
        in_play = Progress.objects.in_play().filter(enrollment__in=keys).order_by("pk")
        list(in_play.select_for_update(of=("self",), no_key=True).values_list("pk"))
        by_version: dict[tuple[int, int], list[Enrollment]] = defaultdict(list)
        targets = self._targets(keys)
        for enrollment in waiting:
            target = targets.get(enrollment.pk, self.upgrade.version_id)
            by_version[enrollment.version_id, target].append(enrollment)
        told = [self._bring(*versions, enrollments, now=now) for versions, enrollments in by_version.items()]
        moved = [enrollment for enrollments in by_version.values() for enrollment in enrollments]
        if moved:
            partners = [enrollment.partner_id for enrollment in moved]
            enrollments_upgraded.send(sender=Upgrade, vendor=self.vendor, partner_ids=partners, now=now)
        return {"moved": len(moved), "told": sum(told)}

    def _targets(self, keys: Sequence[int]) -> dict[int, int]:
        """Where those go that are taken back: to where each came from."""
        if self.upgrade.undoes is None:
            return {}
        rows = UpgradedEnrollment.objects.filter(upgrade=self.upgrade.undoes, enrollment__in=keys)
        return dict(rows.values_list("enrollment", "before"))

    def _bring(self, before: int, after: int, enrollments: Sequence[Enrollment], *, now: datetime) -> int:
        course = self._course(before, after)
        keys = [enrollment.pk for enrollment in enrollments]
        news: dict[int, dict[str, list[str]]] = defaultdict(dict)
        self._take_over(course, keys, news)
        self._take_out(course, keys, news)
        self._set_places(course, keys)
        self._add(course, keys, news)
        Enrollment.objects.filter(pk__in=keys).update(version=after)
        count_anew(Enrollment.objects.filter(pk__in=keys))
        self._keep_to_what_counts(news)
        insert(
            UpgradedEnrollment,
            ("enrollment_id",),
            [(key,) for key in keys],
            same={"upgrade_id": self.upgrade.pk, "before_id": before},
        )
        self._write_down(course, [one for one in enrollments if one.pk in news], news, now=now)
        return len(news)

    def _course(self, before: int, after: int) -> Course:
        if (before, after) not in self.courses:
            versions = PlaybookVersion.objects.in_bulk([before, after])
            self.courses[before, after] = Course.between(versions[before], versions[after])
        return self.courses[before, after]

    def _choice(self, key: str) -> str:
        """Taking back takes back everything that was not begun or done."""
        return str(Choice.ADOPT) if self.upgrade.undoes else self.upgrade.choices.get(key, Choice.KEEP)

    def _take_over(self, course: Course, keys: Collection[int], news: dict[int, dict[str, list[str]]]) -> None:
        """Rows of steps that both versions have point to the new one's."""
        rows = Progress.objects.filter(enrollment__in=keys).exclude(state__in=SETTLED)
        same = {course.before[key].pk: course.after[key].pk for key in course.unchanged}
        if same:
            rows.filter(step__in=same).update(step_id=_to(same))
        for key in course.changed:
            old, new = course.before[key], course.after[key]
            mine = rows.filter(step__in=[pk for pk in self.keys_of[key] if pk != new.pk])
            if self._choice(key) == Choice.KEEP:
                continue
            if old.who != new.who:  # nobody's turn becomes somebody else's in the middle
                mine = mine.filter(state=Progress.State.LOCKED)
            elif self._choice(key) == Choice.UNTOUCHED:
                mine = mine.filter(untouched())
            found = list(mine.values_list("pk", "enrollment"))
            Progress.objects.filter(pk__in=[pk for pk, _enrollment in found]).update(step_id=new.pk)
            if old.due != new.due:
                date_anew(Progress.objects.filter(pk__in=[pk for pk, _enrollment in found]))
            for _pk, enrollment in found:
                news[enrollment].setdefault("changed", []).append(key)

    def _take_out(self, course: Course, keys: Collection[int], news: dict[int, dict[str, list[str]]]) -> None:
        """Rows of steps that the new version no longer has, where they are not in anybody's hands yet."""
        for key in course.gone:
            if self._choice(key) == Choice.KEEP:
                continue
            mine = Progress.objects.filter(enrollment__in=keys, state=Progress.State.LOCKED, step__in=self.keys_of[key])
            found = list(mine.values_list("pk", "enrollment", "left_out"))
            Progress.objects.filter(pk__in=[pk for pk, *_rest in found]).delete()
            for _pk, enrollment, is_left_out in found:
                if not is_left_out:
                    news[enrollment].setdefault("gone", []).append(key)

    def _set_places(self, course: Course, keys: Collection[int]) -> None:
        """All rows, also of what is done, stand in the order of the new version."""
        places = {pk: place for key, place in course.place.items() for pk in self.keys_of[key]}
        Progress.objects.filter(enrollment__in=keys, step__in=places).update(position=_to(places))

    def _add(self, course: Course, keys: Collection[int], news: dict[int, dict[str, list[str]]]) -> None:
        """Rows of steps that the new version has and the old one had not."""
        in_play = Progress.objects.in_play().filter(enrollment__in=keys).order_by()
        reached = dict(in_play.values_list("enrollment").annotate(Min("position")))
        for key in course.added:
            choice, new = self._choice(key), course.after[key]
            if choice == Choice.KEEP:
                continue
            theirs = Progress.objects.filter(enrollment__in=keys, step__in=self.keys_of[key])
            there = set(theirs.values_list("enrollment", flat=True))
            wanted = [pk for pk in keys if pk not in there]
            if choice == Choice.UNTOUCHED:  # not for those who are past it
                wanted = [pk for pk in wanted if reached.get(pk, 0) < new.position]
            insert(Progress, ("enrollment_id", "step_id", "position"), [(pk, new.pk, new.position) for pk in wanted])
            for pk in wanted:
                news[pk].setdefault("added", []).append(key)

    def _keep_to_what_counts(self, news: dict[int, dict[str, list[str]]]) -> None:
        """A step that is sure not to concern a partner is no news to them."""
        out = Progress.objects.filter(enrollment__in=list(news), left_out=True)
        for enrollment, key in out.values_list("enrollment", "step__key"):
            kept = {how: [each for each in keys if each != key] for how, keys in news[enrollment].items()}
            news[enrollment] = {how: keys for how, keys in kept.items() if keys}
        for enrollment in [pk for pk, changes in news.items() if not changes]:
            del news[enrollment]

    def _write_down(
        self,
        course: Course,
        enrollments: Sequence[Enrollment],
        news: Mapping[int, Mapping[str, list[str]]],
        *,
        now: datetime,
    ) -> None:
        """What changed for each partner, with the titles as they are now, in every language."""
        titles = {
            key: {language: words.get("title", "") for language, words in step.texts.items()}
            for key, step in {**course.before, **course.after}.items()
        }
        data = {
            enrollment.partner_id: {
                "enrollment": enrollment.pk,
                **{how: [titles[key] for key in keys] for how, keys in news[enrollment.pk].items()},
            }
            for enrollment in enrollments
        }
        recording.record_each(
            vendor=self.vendor,
            data=data,
            kind=Activity.Kind.UPGRADED,
            side=Activity.Side.VENDOR if self.upgrade.asked_by_id else Activity.Side.SYSTEM,
            by=self.upgrade.asked_by,
            now=now,
        )


def untouched() -> Q:
    """Steps that are not open yet, or that were opened and then left alone."""
    moved = TurnSpell.objects.filter(progress=OuterRef("pk"))
    given = Evidence.objects.filter(progress=OuterRef("pk"))
    left_alone = Q(state=Progress.State.OPEN, snoozed_until=None) & ~Q(Exists(moved)) & ~Q(Exists(given))
    return Q(state=Progress.State.LOCKED) | left_alone


def _to(values: Mapping[int, int]) -> Case:
    return Case(*(When(step_id=step, then=Value(value)) for step, value in values.items()))
