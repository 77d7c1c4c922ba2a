"""What one seed is about: a partner or two with a reminder, a server that takes it well or not, and what they do.

Many cells are made at once. Each is about people of its own, so that a fault is found under its seed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from random import Random

from followups.models import FollowUp
from partners.models import Contact, Member, Partner, Vendor
from playbooks.models import Enrollment, PlaybookVersion, Progress
from tests.factories import NOW
from tests.followups.engine.mails import DUE

DAY = timedelta(hours=24)
BEHAVIOURS = ("fine",) * 6 + ("busy", "full", "spam", "drop", "gone")


@dataclass(frozen=True)
class Person:
    seed: int
    number: int
    address: str

    @property
    def is_answered_at_once(self) -> bool:
        return self.address.startswith("fine")


@dataclass(frozen=True)
class Cell:
    """``seed`` and the name of what is proven decide everything."""

    name: str
    seed: int

    @cached_property
    def random(self) -> Random:
        return Random(f"{self.name}:{self.seed}")

    @cached_property
    def people(self) -> list[Person]:
        """The first of them meets no fault of the server, so that every point is passed."""
        others = [self.random.choice(BEHAVIOURS) for _ in range(self.random.choice((0, 0, 1)))]
        names = ["fine", *others]
        return [Person(self.seed, n, f"{name}-{self.seed}-{n}@example.com") for n, name in enumerate(names)]

    @property
    def passes(self) -> int:
        """A pass through a point that is certainly reached."""
        return self.random.randint(1, len([one for one in self.people if one.is_answered_at_once]))


def make_cells(cells: Iterable[Cell], *, manager: Member, version: PlaybookVersion) -> dict[str, Progress]:
    """Each person's reminder falls due ``seed`` minutes after the first cell's; their steps, by address."""
    people = [person for cell in cells for person in cell.people]
    given = {"vendor": manager.vendor, "manager": manager, "signed_at": NOW, "accepted_at": NOW}
    accepted = Partner.State.ACCEPTED
    partners = Partner.objects.bulk_create(Partner(company=one.address, state=accepted, **given) for one in people)
    contacts = Contact.objects.bulk_create(
        Contact(partner=partner, name="Kim", email=one.address, is_primary=True, created_at=NOW)
        for one, partner in zip(people, partners, strict=True)
    )
    enrollments = Enrollment.objects.bulk_create(
        Enrollment(vendor=manager.vendor, partner=partner, playbook=version.playbook, version=version, started_at=NOW)
        for partner in partners
    )
    step = version.steps.get()
    steps = Progress.objects.bulk_create(
        Progress(enrollment=one, step=step, position=0, state="open", turn="partner", turn_since=NOW, opened_at=NOW)
        for one in enrollments
    )
    FollowUp.objects.bulk_create(
        _reminder(person, contact, progress, manager.vendor)
        for person, contact, progress in zip(people, contacts, steps, strict=True)
    )
    return {person.address: progress for person, progress in zip(people, steps, strict=True)}


def _reminder(person: Person, contact: Contact, progress: Progress, vendor: Vendor) -> FollowUp:
    due = DUE + timedelta(minutes=person.seed)
    return FollowUp(
        vendor=vendor,
        partner=contact.partner,
        enrollment=progress.enrollment,
        progress=progress,
        kind="remind-24h",
        contact=contact,
        anchor_at=due - DAY,
        offset=DAY,
        time_zone=vendor.time_zone,
        policy_version=vendor.policy_version,
        due_at=due,
    )
