"""Starting partners on a published version of a playbook: any number of them at once."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from partners import auditing, recording
from partners.inserting import insert
from partners.models import Activity, Order, Partner, User, Vendor
from playbooks.models import Enrollment, Playbook, PlaybookVersion, Progress, Step
from playbooks.paths.conditions import Facts, concerns, condition_of, speak_against
from playbooks.paths.dating import due_at
from playbooks.paths.opening import Place, cannot_come, open_in_turn
from playbooks.signals import enrollment_started, step_opened
from playbooks.walking import finish, first_turn, write_left_out

PROGRESS = ("enrollment_id", "step_id", "position", "state", "turn", "turn_since", "opened_at", "due_at")


class CannotEnroll(Exception):
    """The version is a draft, has no steps, or belongs to another vendor than the partner."""


@transaction.atomic
def enroll(*, partner: Partner, version: PlaybookVersion, by: User | None, now: datetime) -> Enrollment:
    """Start ``partner`` on ``version`` with its first step open.

    A partner who is walking this playbook already goes on with the version they began. Raises ``CannotEnroll``.
    """
    started = enroll_all(partner_ids=[partner.pk], version=version, by=by, now=now)
    if started:
        return started[0]
    return Enrollment.objects.running().get(partner=partner, playbook=version.playbook)


@transaction.atomic
def enroll_all(
    *, partner_ids: Collection[int], version: PlaybookVersion, by: User | None, now: datetime
) -> list[Enrollment]:
    """As ``enroll``, for all of these partners; the enrollments that began, in the order of the partners' keys.

    As many queries for a thousand as for one; whoever has more hands them over in batches, each a transaction.
    Raises ``CannotEnroll``, and then nobody has started.
    """
    partners = _to_start(partner_ids, version)
    if not partners:
        return []
    steps = list(version.steps.order_by("position"))
    if version.is_draft or not steps:
        raise CannotEnroll
    enrollments = _write_enrollments(partners, version, by=by, now=now)
    opened, left_out = _write_progress(enrollments, steps, now=now)
    _write_down(enrollments, version, by=by, now=now)
    enrollment_started.send(sender=Enrollment, enrollments=enrollments, now=now)
    write_left_out(left_out=left_out, now=now)
    if opened:
        step_opened.send(sender=Progress, steps=opened, now=now)
    begun = {progress.enrollment.pk for progress in opened}
    for enrollment in enrollments:
        if enrollment.pk not in begun:  # nothing in it concerns them
            finish(enrollment, now=now)
    return enrollments


def _to_start(partner_ids: Collection[int], version: PlaybookVersion) -> list[Partner]:
    """Those who are not walking this playbook; each is held, so that nobody else starts them meanwhile."""
    vendor = version.playbook.vendor
    wanted = Partner.objects.of(vendor).filter(pk__in=partner_ids).order_by("pk")
    partners = list(wanted.select_for_update(of=("self",), no_key=True))
    if len(partners) < len(set(partner_ids)):
        raise CannotEnroll
    running = Enrollment.objects.running().filter(partner__in=partner_ids, playbook=version.playbook_id)
    walking = set(running.values_list("partner", flat=True))
    for partner in partners:
        partner.vendor = vendor
    return [partner for partner in partners if partner.pk not in walking]


def _write_enrollments(
    partners: Sequence[Partner], version: PlaybookVersion, *, by: User | None, now: datetime
) -> list[Enrollment]:
    playbook = version.playbook
    same = {
        "vendor_id": playbook.vendor_id,
        "playbook_id": playbook.pk,
        "version_id": version.pk,
        "started_at": now,
        "started_by_id": by.pk if by else None,
    }
    keys = insert(Enrollment, ("partner_id",), [(partner.pk,) for partner in partners], same=same)
    given = {"vendor": playbook.vendor, "playbook": playbook, "version": version, "started_at": now, "started_by": by}
    return [Enrollment(pk=pk, partner=partner, **given) for pk, partner in zip(keys, partners, strict=True)]


def _write_progress(
    enrollments: Sequence[Enrollment], steps: Sequence[Step], *, now: datetime
) -> tuple[list[Progress], dict[Enrollment, list[Step]]]:
    """A row for each step of each enrollment; returns those that are open, and which steps concern whom not."""
    opened: list[Progress] = []
    settled: dict[Enrollment, list[Step]] = {}
    locked: dict[bool, list[tuple[int, int, int]]] = {False: [], True: []}  # by whether they are sure not to come
    beginnings = _Beginnings(steps)
    for enrollment in enrollments:
        begins = beginnings.of(enrollment.partner)
        for step in steps:
            place = begins[step.pk]
            if place.is_settled:
                settled.setdefault(enrollment, []).append(step)
            elif place.is_in_play:
                opened.append(_opened(enrollment, step, place.turn, now=now))
            else:
                locked[place.is_left_out].append((enrollment.pk, step.pk, step.position))
    for progress in opened:
        left_out = {step.key: now for step in settled.get(progress.enrollment, ())}
        progress.due_at = due_at(progress, enrollment=progress.enrollment, settled=left_out)
    keys = insert(Progress, PROGRESS, [tuple(getattr(progress, name) for name in PROGRESS) for progress in opened])
    for progress, pk in zip(opened, keys, strict=True):
        progress.pk = pk
    for is_left_out, rows in locked.items():
        insert(Progress, PROGRESS[:3], rows, same={"left_out": is_left_out})
    passed = [(enrollment.pk, step.pk, step.position) for enrollment, theirs in settled.items() for step in theirs]
    same = {"state": Progress.State.SKIPPED, "settled_at": now, "left_out": True}
    insert(Progress, PROGRESS[:3], passed, same=same)
    return opened, settled


class _Beginnings:
    """How a walk of these steps begins: the same for all partners of the same kind."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.conditions = {step.pk: condition_of(step.condition) for step in steps if step.condition}
        self.known: dict[tuple[object, ...], dict[int, Place]] = {}

    def of(self, partner: Partner) -> dict[int, Place]:
        facts = Facts(partner.size, partner.country, partner.vertical)
        concerning = frozenset(pk for pk, tests in self.conditions.items() if concerns(tests, facts))
        turns = tuple(first_turn(step, partner) for step in self.steps)
        sure = frozenset(pk for pk, tests in self.conditions.items() if speak_against(tests, facts, is_answered=_never))
        if (turns, concerning, sure) not in self.known:
            self.known[turns, concerning, sure] = self._begun(turns, concerning, facts)
        return self.known[turns, concerning, sure]

    def _begun(self, turns: Sequence[str], concerning: Collection[int], facts: Facts) -> dict[int, Place]:
        walk = [
            Place(step.pk, step.key, turn, step.needs, step.condition)
            for step, turn in zip(self.steps, turns, strict=True)
        ]
        open_in_turn(walk, turn_of=str, concerns=lambda place: place.pk in concerning)
        found = {place.pk: place for place in walk}
        for pk in cannot_come(walk, facts):
            found[pk].is_left_out = True
        return found


def _never(_key: str) -> bool:
    return False


def _opened(enrollment: Enrollment, step: Step, turn: str, *, now: datetime) -> Progress:
    return Progress(
        enrollment=enrollment,
        step=step,
        position=step.position,
        state=Progress.State.OPEN,
        turn=turn,
        turn_since=now,
        opened_at=now,
    )


def _write_down(enrollments: Sequence[Enrollment], version: PlaybookVersion, *, by: User | None, now: datetime) -> None:
    vendor = version.playbook.vendor
    walked = {"playbook": version.playbook.slug, "version": version.number}
    recording.record_each(
        vendor=vendor,
        data={enrollment.partner_id: {"enrollment": enrollment.pk, **walked} for enrollment in enrollments},
        kind=Activity.Kind.STARTED,
        side=Activity.Side.VENDOR if by else Activity.Side.SYSTEM,
        by=by,
        now=now,
    )
    partners = [enrollment.partner for enrollment in enrollments]
    auditing.record_each(vendor=vendor, action="enrollment.started", subjects=partners, by=by, now=now, **walked)


def waiting(vendor: Vendor) -> QuerySet[Partner]:
    """Accepted, with somebody to write to, and never started on a playbook; customers of ours are none of them."""
    walked = Enrollment.objects.exclude(state=Enrollment.State.STOPPED).filter(partner=OuterRef("pk"))
    ordered = Order.objects.filter(partner=OuterRef("pk"))
    accepted = Partner.objects.of(vendor).to_be_led().filter(state=Partner.State.ACCEPTED)
    return accepted.filter(~Exists(walked), ~Exists(ordered))


def start_accepted(
    *, vendor: Vendor, partners: Sequence[Partner], playbook: str, by: User | None, now: datetime, **_: object
) -> None:
    """Start the playbook that was named when partners were accepted, else the vendor's default, if there is one."""
    version = _version_to_start(vendor, playbook)
    if version is not None:
        enroll_all(partner_ids=[partner.pk for partner in partners], version=version, by=by, now=now)


def would_start(*, vendor: Vendor, **_: object) -> bool:
    """Whether a partner who is accepted now, without a playbook being named, starts one."""
    return _version_to_start(vendor, "") is not None


def _version_to_start(vendor: Vendor, playbook: str) -> PlaybookVersion | None:
    playbooks = Playbook.objects.of(vendor).in_use()
    chosen = playbooks.filter(slug=playbook) if playbook else playbooks.filter(is_default=True)
    found = chosen.select_related("vendor").first()
    return found.published() if found else None
