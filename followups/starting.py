"""Starting a playbook for partners who were accepted while there was none: one of them, or everybody who waits.

Everybody is started in batches. Whoever was started no longer waits, so what broke off can simply be begun again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Q

from followups.engine.welcoming import welcome_accepted
from followups.models import Standing, Start
from followups.models.standing import StandingQuerySet
from partners import auditing, carrying_out
from partners.hours import is_open, waking_hours_in, zone_name
from partners.models import Contact, Member, Partner, User, Vendor
from playbooks.enrolling import enroll_all
from playbooks.models import PlaybookVersion

BATCH: Final = 500
Place = tuple[str, int]  # in the alphabet: company, partner
BEFORE_ALL: Final[Place] = ("", 0)


@transaction.atomic
def start_waiting(
    *, vendor: Vendor, partner_ids: Collection[int], version: PlaybookVersion, by: User | None, now: datetime
) -> int:
    """Start those of these partners who wait without a playbook, and welcome them; says how many.

    Raises ``CannotEnroll``.
    """
    accepted = Partner.objects.of(vendor).filter(pk__in=partner_ids, state=Partner.State.ACCEPTED).order_by("pk")
    held = list(accepted.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    # Asked after they are held: somebody may have started one of them a moment ago.
    waiting = list(Standing.objects.of(vendor).walking_nothing().filter(pk__in=held).values_list("pk", flat=True))
    begun = enroll_all(partner_ids=waiting, version=version, by=by, now=now)
    welcome_accepted(partner_ids=[enrollment.partner_id for enrollment in begun], now=now)
    return len(begun)


@transaction.atomic
def ask_for_all(
    *, vendor: Vendor, version: PlaybookVersion, by: User, now: datetime, manager: Member | None = None
) -> Start:
    """Say that ``version`` begins for everybody who waits; who says it while it is under way gets what is under way.

    With ``manager`` it begins for the partners that they are responsible for.
    """
    waiting = waiting_of(vendor, manager).count()
    said = {"version": version, "manager": manager, "asked_at": now, "asked_by": by, "waiting": waiting}
    start, is_new = Start.objects.get_or_create(vendor=vendor, ended_at=None, defaults=said)
    if is_new:
        whose = {"manager": manager.pk} if manager else {}
        auditing.record(
            vendor=vendor,
            action="playbook.started_for_all",
            subject=version.playbook,
            by=by,
            now=now,
            waiting=waiting,
            **whose,
        )
    return start


def waiting_of(vendor: Vendor, manager: Member | None) -> StandingQuerySet:
    """Whoever waits without a playbook; of the whole vendor, or of those that ``manager`` is responsible for."""
    everybody = Standing.objects.of(vendor).walking_nothing()
    return everybody.led_by(manager) if manager else everybody


def carry_out(*, start: Start, now: datetime, seconds: float | None = None) -> bool:
    """Start whoever waits, for at most ``seconds`` plus one batch; says whether that was everybody.

    Raises ``CarriedOutElsewhere``.
    """

    def act(keys: Sequence[int], /, *, now: datetime) -> dict[str, int]:
        count = start_waiting(vendor=start.vendor, partner_ids=keys, version=start.version, by=start.asked_by, now=now)
        return {"started": count}

    return carrying_out.carry_out(start, batches=_batches(start), act=act, now=now, seconds=seconds)


def _batches(start: Start) -> Iterator[list[int]]:
    """The keys of those who wait, in the order of the alphabet."""
    waiting = waiting_of(start.vendor, start.manager).order_by("company_key", "partner")
    company, partner = BEFORE_ALL
    while True:
        behind = Q(company_key__gt=company) | Q(company_key=company, partner__gt=partner)
        found = list(waiting.filter(behind).values_list("company_key", "partner")[:BATCH])
        if not found:
            return
        yield [pk for _, pk in found]
        company, partner = found[-1]


def carry_out_all(*, now: datetime) -> None:
    related = ("vendor", "version__playbook__vendor", "manager", "asked_by")
    errands = Start.objects.select_related(*related)
    carrying_out.carry_out_all(errands, lambda each: carry_out(start=each, now=now), now=now)


@dataclass(frozen=True, slots=True)
class Welcomes:
    """How many of those who wait would get their welcome at once, and how many when it is morning where they live."""

    at_once: int
    in_the_morning: int

    @property
    def total(self) -> int:
        return self.at_once + self.in_the_morning


def welcomes(*, vendor: Vendor, now: datetime, manager: Member | None = None) -> Welcomes:
    """What starting everybody would send; one query, counted by zone."""
    waiting = waiting_of(vendor, manager).values("pk")
    people = Contact.objects.filter(partner__in=waiting, is_primary=True, left_at=None)
    zones = people.order_by().values_list("time_zone", "partner__time_zone").annotate(Count("pk"))
    at_once = in_the_morning = 0
    for own, partners, count in zones:
        if is_open(now, waking_hours_in(zone_name(vendor, own, partners))):
            at_once += count
        else:
            in_the_morning += count
    return Welcomes(at_once, in_the_morning)
