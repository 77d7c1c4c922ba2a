"""Today, for a person who may walk several playbooks at several vendors: one next step, and what else there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q

from partners.models import Activity, User, Vendor
from playbooks.achievements import Achievement, achievements_of
from playbooks.coming_back import CameBack, came_back, is_news
from playbooks.confidence import has_been_there, is_asked_now
from playbooks.doing import doers_of
from playbooks.models import Enrollment, Progress
from playbooks.offers.showing import ShownHandover
from playbooks.showing import ShownStep, Tally

PARTNER, SPONSOR = Activity.Side.PARTNER, Activity.Side.SPONSOR


@dataclass(frozen=True)
class Walk:
    """One enrollment in brief: how far it has come, and what for."""

    enrollment: Enrollment
    tally: Tally
    name: str
    achieved: Sequence[Achievement] = ()

    @property
    def vendor(self) -> Vendor:
        return self.enrollment.vendor

    @property
    def is_running(self) -> bool:
        return self.enrollment.state == Enrollment.State.RUNNING

    @property
    def is_finished(self) -> bool:
        return self.enrollment.state == Enrollment.State.FINISHED


@dataclass(frozen=True)
class Today:
    """Each step stands in exactly one of the lists."""

    walks: list[Walk]
    following: ShownStep | None  # the one next step
    also: list[ShownStep]
    planned: list[ShownStep]  # a time was set aside for them
    put_off: list[ShownStep]
    waiting: list[ShownStep]
    colleagues: list[ShownStep]  # the partner's turn, and for somebody else there
    as_sponsor: list[ShownStep]
    asked: Walk | None = None  # where the remorse check waits for an answer
    back: CameBack | None = None  # what came back in the next step

    @property
    def moved(self) -> list[ShownStep]:
        """What the vendor does for them later than was agreed."""
        return [step for step in self.waiting if step.handover is not None and step.handover.moved_from]

    @property
    def walk(self) -> Walk | None:
        """The walk that the next step belongs to."""
        if self.following is None:
            return None
        pk = self.following.progress.enrollment_id
        return next((walk for walk in self.walks if walk.enrollment.pk == pk), None)

    @property
    def other_walks(self) -> list[Walk]:
        return [walk for walk in self.walks if walk is not self.walk]


def walks_of(user: User, *, language: str) -> list[Walk]:
    """What ``user`` walks or has walked, at every vendor: the running first, then the newest. Two queries."""
    enrollments = Enrollment.objects.of_contact(user).exclude(state=Enrollment.State.STOPPED)
    enrollments = enrollments.with_first_order().select_related(
        "vendor", "partner__manager__user", "version", "confidence__contact"
    )
    found = list(enrollments.order_by("-started_at", "-pk"))
    found.sort(key=lambda each: each.state != Enrollment.State.RUNNING)
    tallies = _tallies(found)
    return [Walk(each, tallies[each.pk], each.version.text("name", language)) for each in found]


def _tallies(enrollments: Iterable[Enrollment]) -> dict[int, Tally]:
    concerning = Q(left_out=False)
    rows = Progress.objects.filter(enrollment__in=[each.pk for each in enrollments]).order_by()
    counted = rows.values("enrollment").annotate(
        settled=Count("pk", filter=Q(state__in=Progress.SETTLED) & concerning),
        total=Count("pk", filter=concerning),
        left_out=Count("pk", filter=~concerning),
    )
    return {row["enrollment"]: Tally(row["settled"], row["total"], left_out=row["left_out"]) for row in counted}


def today_of(user: User, *, language: str, now: datetime) -> Today:
    walks = _with_achievements(walks_of(user, language=language))
    running = [walk.enrollment.pk for walk in walks if walk.is_running]
    in_play = Progress.objects.in_play().with_texts().order_by("turn_since", "pk")
    theirs = list(in_play.filter(enrollment__in=running))
    doers = doers_of(theirs)
    tallies = {walk.enrollment.pk: walk.tally for walk in walks}
    handed = ShownHandover.of_all(theirs, language)
    steps = [
        ShownStep(each, PARTNER, language, tallies.get(each.enrollment_id), doers.get(each.pk), handed)
        for each in theirs
    ]
    promised = in_play.of_sponsor(user).filter(enrollment__state=Enrollment.State.RUNNING)
    promised = promised.filter(Q(turn=SPONSOR) | Q(turn=PARTNER, step__with_sponsor=True))
    ours = [step for step in steps if step.is_mine]
    mine = [step for step in ours if step.named is None or step.named.is_for(user=user.pk)]
    ready = sorted((step for step in mine if not step.is_put_off(now)), key=lambda step: not is_news(step))
    return Today(
        walks=walks,
        following=ready[0] if ready else None,
        also=ready[1:],
        planned=[step for step in mine if step.waits_for_its_time(now)],
        put_off=[step for step in mine if step.is_put_off(now) and not step.waits_for_its_time(now)],
        waiting=[step for step in steps if not step.is_mine],
        colleagues=[step for step in ours if step not in mine],
        as_sponsor=[ShownStep(each, SPONSOR, language) for each in promised],
        asked=_asked(walks, user, now=now),
        back=came_back(ready[0]) if ready else None,
    )


def _with_achievements(walks: Sequence[Walk]) -> list[Walk]:
    tallies = {walk.enrollment.pk: walk.tally for walk in walks}
    achieved = achievements_of([walk.enrollment for walk in walks], tallies)
    return [replace(walk, achieved=achieved[walk.enrollment.pk]) for walk in walks]


def _asked(walks: Sequence[Walk], user: User, *, now: datetime) -> Walk | None:
    enrollments = [walk.enrollment for walk in walks]
    found = next((walk for walk in walks if is_asked_now(walk.enrollment, others=enrollments, now=now)), None)
    if found is None or not has_been_there(user, partner_id=found.enrollment.partner_id, now=now):
        return None
    return found


def vendor_of(walks: Sequence[Walk]) -> Vendor | None:
    """The one vendor whose name and colour a page wears: it alone runs a walk, or, with all ended, it alone ran one."""
    vendors = {walk.vendor for walk in walks if walk.is_running} or {walk.vendor for walk in walks}
    return vendors.pop() if len(vendors) == 1 else None


def brands_of(walks: Iterable[Walk]) -> list[Vendor]:
    """The vendors that a page speaks for, each once; nothing where it is one alone, whose colours are the page's."""
    vendors = {walk.vendor.pk: walk.vendor for walk in walks}
    return list(vendors.values()) if len(vendors) > 1 else []
