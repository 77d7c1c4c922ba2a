"""Starting partners on a published version of a playbook: any number of them at once."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from partners import auditing, recording
from partners.inserting import insert
from partners.models import Activity, Order, Partner, User, Vendor
from playbooks.models import Enrollment, Playbook, PlaybookVersion, Progress, Step
from playbooks.paths.opening import Place, open_in_turn
from playbooks.signals import enrollment_started, step_opened
from playbooks.walking import first_turn

PROGRESS = ("enrollment_id", "step_id", "position", "state", "turn", "turn_since", "opened_at")


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
    opened = _write_progress(enrollments, steps, now=now)
    _write_down(enrollments, version, by=by, now=now)
    enrollment_started.send(sender=Enrollment, enrollments=enrollments, now=now)
    step_opened.send(sender=Progress, steps=opened, now=now)
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


def _write_progress(enrollments: Sequence[Enrollment], steps: Sequence[Step], *, now: datetime) -> list[Progress]:
    """A row for each step of each enrollment; returns those that are open."""
    begins: dict[tuple[str, ...], set[int]] = {}  # by whose turn each step would be
    opened: list[Progress] = []
    locked: list[tuple[int, int, int]] = []
    for enrollment in enrollments:
        turns = tuple(first_turn(step, enrollment.partner) for step in steps)
        if turns not in begins:
            walk = [Place(step.pk, step.key, turn, step.needs) for step, turn in zip(steps, turns, strict=True)]
            begins[turns] = {place.pk for place in open_in_turn(walk, turn_of=str)}
        for step, turn in zip(steps, turns, strict=True):
            if step.pk in begins[turns]:
                opened.append(_opened(enrollment, step, turn, now=now))
            else:
                locked.append((enrollment.pk, step.pk, step.position))
    keys = insert(Progress, PROGRESS, [tuple(getattr(progress, name) for name in PROGRESS) for progress in opened])
    for progress, pk in zip(opened, keys, strict=True):
        progress.pk = pk
    insert(Progress, PROGRESS[:3], locked)
    return opened


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
