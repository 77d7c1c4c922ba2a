"""What a batch of due follow-ups is judged by, as plain values: nothing here can ask the database by accident."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from followups.engine import wishes
from followups.engine.cadences import OF_NO_CADENCE, OWN_MAILS, Cadences
from followups.engine.levels import Place
from followups.models import FollowUp, Touch
from partners.hours import Hours, Terms, hours_in, waking_hours_in, zone_name, zone_of_contact, zone_of_member
from partners.models import Contact, Vendor
from partners.roles import best_for
from playbooks.models import Progress
from playbooks.models.step import Turn

MailboxKey = wishes.MailboxKey


class Person(NamedTuple):
    """Whom a follow-up goes to, as far as it says where, when and in what language. Empty: as the vendor has it."""

    email: str
    left_at: datetime | None
    language: str
    zones: tuple[str, ...]  # their own, their company's
    country: str

    @classmethod
    def of(cls, contact: Contact) -> "Person":
        partner = contact.partner
        zones = (contact.time_zone, partner.time_zone)
        return cls(contact.email, contact.left_at, contact.language or partner.language, zones, partner.country)


@dataclass(slots=True)
class Due:
    """A follow-up that fell due, with what judging looks at. Judging writes onto it what it finds to be current."""

    pk: int
    vendor_id: int
    progress_id: int | None
    kind: str
    episode: int
    contact_id: int | None
    member_id: int | None
    anchor_at: datetime
    offset: timedelta
    time_zone: str
    policy_version: int
    due_at: datetime
    partner_state: str
    enrollment_state: str | None
    step_state: str | None
    turn: str | None
    snoozed_until: datetime | None
    slot_at: datetime | None
    enrollment_id: int | None
    playbook_id: int | None
    partner_id: int
    channel: str
    because: str  # why it is planned as it is, or is to be planned anew
    company_id: int | None  # of the contact: a partner
    is_primary: bool  # the contact, there
    person: Person | None
    # What became of it:
    state: str = FollowUp.State.SCHEDULED
    reason: str = ""
    held: str = ""
    message_id: int | None = None
    finished_at: datetime | None = None
    is_replanned: bool = False  # judging found another recipient, zone, policy or distance

    @property
    def audience(self) -> str:
        """In which part it is written to its reader: as partner, sponsor or manager."""
        if self.member_id is not None:
            return Touch.To.MANAGER.value
        return (Touch.To.PARTNER if self.company_id == self.partner_id else Touch.To.SPONSOR).value

    @property
    def follows_role(self) -> bool:
        """Whether it goes to whoever at the partner is meant when it is sent, whomever it was planned for."""
        return self.progress_id is not None and self.kind not in OF_NO_CADENCE and self.audience == Touch.To.PARTNER

    @property
    def is_to_answer(self) -> bool:
        """Whether all that is left to do at its step is to say yes or no."""
        return self.follows_role and self.step_state == Progress.State.HANDED_OVER and self.turn == Turn.PARTNER

    def zone_in(self, vendor: Vendor | Terms) -> str:
        """The zone it would be planned in today."""
        return zone_name(vendor, *self.person.zones) if self.person is not None else "UTC"

    def hours_in(self, vendor: Vendor | Terms) -> Hours:
        return hours_of(self.kind, self.time_zone, vendor, self.person.country if self.person is not None else "")


class Colleague(NamedTuple):
    """Somebody at a partner who may be the one to write to about a step."""

    pk: int
    role: str
    is_primary: bool
    person: Person

    @classmethod
    def of(cls, contact: Contact) -> "Colleague":
        return cls(contact.pk, contact.role, contact.is_primary, Person.of(contact))


class Sibling(NamedTuple):
    """A follow-up of the same step, with what became of its message."""

    kind: str
    channel: str
    contact_id: int | None
    member_id: int | None
    episode: int
    offset: timedelta
    state: str
    due_at: datetime
    message_state: str | None
    message_finished_at: datetime | None


class Pending(NamedTuple):
    """A person's reminder that has not left yet."""

    key: str
    state: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that judging a batch needs, read by a constant number of queries."""

    vendors: Mapping[int, Vendor | Terms]
    cadences: Cadences
    siblings: dict[int, list[Sibling]]  # all follow-ups of a step, by progress
    primaries: dict[int, tuple[int, Person]]  # who is primary where the contact has left: by partner
    wishes: wishes.Wishes
    accepted: dict[MailboxKey, list[datetime]]  # reminders of the last week, oldest first
    pending: dict[MailboxKey, Pending]
    paused: frozenset[int] = frozenset()  # vendors
    begun: frozenset[int] = frozenset()  # enrollments in which a step is done; read where a touch asks for it
    webhooks: Mapping[int, bool] = field(default_factory=dict)  # vendors that have one, and whether it is on
    # The keys of stage and step, by progress; read where a cadence is for one of them.
    parts: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    # The role at the partner that a step is for, by progress; and among whom it is looked for, by partner.
    roles: Mapping[int, str] = field(default_factory=dict)
    colleagues: Mapping[int, Sequence[Colleague]] = field(default_factory=dict)

    # Who asked for what there is only to be answered now, by progress.
    askers: Mapping[int, Colleague] = field(default_factory=dict)

    def reader(self, due: Due) -> Colleague | None:
        """Of what follows a role: who is meant at the partner now. Who asked is, where the touch names no role."""
        rule = self.cadences.rule(due.vendor_id, self.place(due), due.kind) if self.cadences.roles else None
        named, step = rule.role if rule is not None else "", due.progress_id or 0
        if not named and step in self.askers:
            return self.askers[step]
        return best_for(named or self.roles.get(step, ""), self.colleagues.get(due.partner_id, ()))

    def place(self, due: Due) -> Place:
        return Place(due.playbook_id, *self.parts.get(due.progress_id or 0, ()))


def hours_of(kind: str, time_zone: str, vendor: Vendor | Terms, country: str) -> Hours:
    """When a follow-up of this kind may reach somebody who lives in that zone and country."""
    if kind in OWN_MAILS:
        return waking_hours_in(time_zone)
    return hours_in(time_zone, vendor=vendor, country=country)


def hours_of_followup(followup: FollowUp) -> Hours:
    """The same for a row that is read with its vendor and its people, as they live now."""
    country = followup.contact.partner.country if followup.contact is not None else ""
    return hours_of(followup.kind, zone_of_followup(followup), followup.vendor, country)


def zone_of_followup(followup: FollowUp) -> str:
    """The zone it would be planned in today, by the people that the row is read with."""
    if followup.contact is not None:
        return zone_of_contact(followup.vendor, followup.contact, followup.contact.partner)
    return zone_of_member(followup.vendor, followup.member) if followup.member is not None else followup.time_zone


def address_of(followup: FollowUp) -> str:
    if followup.contact is not None:
        return followup.contact.email
    return followup.member.user.email if followup.member is not None else ""
